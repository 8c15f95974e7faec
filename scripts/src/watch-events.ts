import { connectBus, createLogger } from "@vigia/runtime";
import type { Shutdown } from "./shutdown.ts";
import { describeEvent } from "./summary.ts";

/** Says one line for each event that is news, as it comes. */
export async function watchEvents(natsUrl: string, shutdown: Shutdown, say: (line: string) => void): Promise<void> {
  const bus = await connectBus({ url: natsUrl, name: "vigia-start", log: createLogger("start", "silent") });
  shutdown.add(() => bus.close());
  bus.connection.subscribe("vigia.event.>", {
    callback: (error, message) => {
      if (error !== null) return;
      const line = describeEvent(message.subject, parse(message.string()));
      if (line !== undefined) say(line);
    },
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
