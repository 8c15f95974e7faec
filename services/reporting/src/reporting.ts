import type { ServiceDefinition } from "@vigia/runtime";
import { recordEvent } from "./feed/record-event.ts";
import { serveApi } from "./http/api.ts";
import { servePage, WEB_DIR } from "./http/page.ts";
import { secureHeaders } from "./http/security.ts";
import { measureProblems } from "./problem-metrics.ts";
import { settings } from "./settings.ts";

/**
 * Reads every event into the feed; shows feed and tables through an API and one web page, and gives the commands of
 * those who may act there. It changes no table of another. `webDir` holds the built page.
 */
export function createReporting(webDir: string): ServiceDefinition<typeof settings> {
  return {
    settings,
    consumers: [recordEvent],
    async routes(app, parts) {
      measureProblems(parts);
      secureHeaders(app);
      await serveApi(app, parts);
      await servePage(app, webDir);
    },
  };
}

/** With the page where its build puts it. */
export const reporting = createReporting(WEB_DIR);
