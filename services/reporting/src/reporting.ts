import type { ServiceDefinition } from "@vigia/runtime";
import type { z } from "zod";
import { recordEvent } from "./feed/record-event.ts";
import { serveApi } from "./http/api.ts";
import { servePage, WEB_DIR } from "./http/page.ts";
import { secureHeaders } from "./http/security.ts";

/** Reads every event into the feed; shows feed and tables through an API and one web page. Changes nothing else. */
export const reporting: ServiceDefinition<z.ZodObject<Record<never, never>>> = {
  consumers: [recordEvent],
  async routes(app, { database }) {
    secureHeaders(app);
    await serveApi(app, database);
    await servePage(app, WEB_DIR);
  },
};
