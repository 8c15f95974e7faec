import { existsSync } from "node:fs";
import { join, sep } from "node:path";
import fastifyStatic, { type SetHeadersResponse } from "@fastify/static";
import type { FastifyInstance } from "fastify";

/** Where vite puts the page; the same from the sources and from the build. */
export const WEB_DIR = join(__dirname, "../../dist/web");

const NOT_BUILT = "The web page is not built yet. Build it with: npm run build --workspace @vigia/reporting\n";

/** Serves the built page; any path that no file has is a view within it. Unbuilt, it says how to build it. */
export async function servePage(app: FastifyInstance, webDir: string): Promise<void> {
  if (!existsSync(join(webDir, "index.html"))) {
    app.get("/", async (_request, reply) => reply.code(503).type("text/plain; charset=utf-8").send(NOT_BUILT));
    return;
  }
  await app.register(fastifyStatic, { root: webDir, cacheControl: false, setHeaders });
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === "GET" && request.headers.accept?.includes("text/html");
    if (wantsPage) return reply.sendFile("index.html");
    return reply.code(404).type("text/plain; charset=utf-8").send(`Nothing is served at ${request.url}.\n`);
  });
}

/** The names of built files change with what they hold; the page itself is asked for anew each time. */
function setHeaders(reply: SetHeadersResponse, path: string): void {
  const isBuiltFile = path.includes(`${sep}assets${sep}`);
  reply.setHeader("cache-control", isBuiltFile ? "public, max-age=31536000, immutable" : "no-cache");
}
