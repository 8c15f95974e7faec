import { hostname } from "node:os";
import { context, propagation, trace } from "@opentelemetry/api";
import { ExportResultCode, parseKeyPairsIntoRecord, W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-node";
import type { TraceSettings } from "./settings.ts";

const PARENT_BASED = "parentbased_";

export interface DeliveryListeners {
  /** The first time that spans can't be delivered, until they are again. */
  readonly onFailing: (error: Error | undefined) => void;
  readonly onRestored: () => void;
}

export interface Provider {
  /** Delivers what waits, however long that takes. From then on spans do nothing. */
  shutdown(): Promise<void>;
}

/** Makes the spans of this process real. There is one provider in a process. */
export function registerProvider(service: string, settings: TraceSettings, listeners: DeliveryListeners): Provider {
  const provider = new NodeTracerProvider({
    resource: resourceOf(service, settings),
    sampler: samplerOf(settings),
    spanProcessors: [new BatchSpanProcessor(watched(exporterOf(settings), listeners))],
  });
  provider.register({ propagator: new W3CTraceContextPropagator() });
  return {
    shutdown() {
      for (const api of [trace, context, propagation]) api.disable();
      return provider.shutdown();
    },
  };
}

function exporterOf(settings: TraceSettings): SpanExporter {
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/$/, "");
  const url = settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (endpoint && `${endpoint}/v1/traces`);
  const headers = parseKeyPairsIntoRecord(settings.OTEL_EXPORTER_OTLP_HEADERS);
  return new OTLPTraceExporter({ headers, ...(url ? { url } : {}) });
}

function samplerOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: share }: TraceSettings): Sampler {
  if (name.startsWith(PARENT_BASED)) return new ParentBasedSampler({ root: rootSampler(name, share) });
  return rootSampler(name, share);
}

function rootSampler(name: TraceSettings["OTEL_TRACES_SAMPLER"], share: number): Sampler {
  if (name.endsWith("traceidratio")) return new TraceIdRatioBasedSampler(share);
  return name.endsWith("always_off") ? new AlwaysOffSampler() : new AlwaysOnSampler();
}

/** Who the spans are from. What `OTEL_RESOURCE_ATTRIBUTES` says counts more, and the name that was set most. */
function resourceOf(service: string, { OTEL_SERVICE_NAME: name }: TraceSettings) {
  const own = { "service.name": `vigia-${service}`, "host.name": hostname(), "process.pid": process.pid };
  return defaultResource()
    .merge(resourceFromAttributes(own))
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(resourceFromAttributes(name ? { "service.name": name } : {}));
}

function watched(exporter: SpanExporter, { onFailing, onRestored }: DeliveryListeners): SpanExporter {
  let failing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.code !== ExportResultCode.SUCCESS;
        if (failed && !failing) onFailing(result.error);
        if (!failed && failing) onRestored();
        failing = failed;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
