import { z } from "zod";

const httpUrl = z.url({ protocol: /^https?$/, error: "must be a URL that starts with http:// or https://" });
const headers = z.string().regex(/^\s*[^=,\s]+=[^,]*(,\s*[^=,\s]+=[^,]*)*$/, "must be name=value, with commas between");
const sampler = z
  .enum([
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
  ])
  .default("parentbased_always_on");

/** Where spans go: OpenTelemetry's own variables. Without an endpoint or an exporter there are none. */
export const traceSettings = z.object({
  OTEL_TRACES_EXPORTER: z.enum(["otlp", "none"]).optional().meta({
    yaml: "traces.exporter",
    description:
      "`otlp` where there is an endpoint; alone it sends to port 4318 of this machine, and `none` sends nothing",
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional().meta({
    yaml: "traces.endpoint",
    description: "Where a collector takes OTLP over HTTP, without `/v1/traces`",
  }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl.optional().meta({
    yaml: "traces.url",
    description: "The whole URL for spans, where it does not follow from the endpoint",
  }),
  OTEL_EXPORTER_OTLP_HEADERS: headers.optional().meta({
    yaml: "traces.headers",
    description: "Sent along to the collector, such as its key: `name=value`, with commas between",
  }),
  OTEL_SERVICE_NAME: z.string().optional().meta({
    yaml: "traces.serviceName",
    description: "Who the spans are from; `vigia-` and the service's name unless told",
  }),
  OTEL_TRACES_SAMPLER: sampler.meta({
    yaml: "traces.sampler",
    description: "Which traces are sent; `parentbased` does as the sender of a message did",
  }),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1).meta({
    yaml: "traces.samplerArgument",
    description: "With `traceidratio`: the share of the traces, from 0 to 1",
  }),
});

export type TraceSettings = z.infer<typeof traceSettings>;
