import type { Component } from "../service/component.ts";
import type { Logger } from "../service/logging.ts";
import { unless } from "../unless.ts";
import type { TraceSettings } from "./settings.ts";

/** What a stopping service spends on its last spans. */
const LAST_SPANS_MS = 1_000;

/**
 * Delivers the spans of this process in the background, where the settings say so. They wait in a queue that has an end:
 * a collector that is away, slow or silent costs spans, and never time, but for the second of the stop.
 */
export async function startTraceDelivery(
  service: string,
  settings: TraceSettings,
  log: Pick<Logger, "info" | "warn">,
): Promise<Component> {
  if (!isWanted(settings)) return { name: "traces", stop: async () => undefined };
  // Loaded where it is needed: without it a span is an object that does nothing.
  const { registerProvider } = await import("./provider.ts");
  const provider = registerProvider(service, settings, {
    onFailing: (error) => log.warn({ err: error }, "spans can't be delivered; the work goes on without"),
    onRestored: () => log.info("spans are delivered again"),
  });
  return {
    name: "traces",
    stop: () =>
      unless(AbortSignal.timeout(LAST_SPANS_MS), provider.shutdown()).catch((error: unknown) =>
        log.warn({ err: error }, "the last spans were not delivered"),
      ),
  };
}

function isWanted(settings: TraceSettings): boolean {
  if (settings.OTEL_TRACES_EXPORTER) return settings.OTEL_TRACES_EXPORTER === "otlp";
  return Boolean(settings.OTEL_EXPORTER_OTLP_ENDPOINT ?? settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT);
}
