import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fastify, { type FastifyInstance } from "fastify";
import { servePage } from "./page.ts";
import { secureHeaders } from "./security.ts";

let webDir: string;
let app: FastifyInstance;

beforeEach(() => {
  webDir = mkdtempSync(join(tmpdir(), "vigia-web-"));
  app = fastify();
  secureHeaders(app);
});

afterEach(async () => {
  await app.close();
  rmSync(webDir, { recursive: true });
});

function build(): void {
  writeFileSync(join(webDir, "index.html"), "<title>Vigia</title>");
  mkdirSync(join(webDir, "assets"));
  writeFileSync(join(webDir, "assets", "index-abc.js"), "export {};");
}

describe("servePage", () => {
  it("says how to build the page where it is not built", async () => {
    await servePage(app, webDir);
    const response = await app.inject("/");
    expect(response.statusCode).toBe(503);
    expect(response.body).toContain("npm run build --workspace @vigia/reporting");
  });

  it("serves the page and its files, each with its time to live", async () => {
    build();
    await servePage(app, webDir);
    const page = await app.inject("/");
    expect(page.body).toBe("<title>Vigia</title>");
    expect(page.headers["cache-control"]).toBe("no-cache");
    const script = await app.inject("/assets/index-abc.js");
    expect(script.headers["content-type"]).toContain("javascript");
    expect(script.headers["cache-control"]).toContain("immutable");
  });

  it("takes any other path that a person opens for a view of the page, and no more", async () => {
    build();
    await servePage(app, webDir);
    const view = await app.inject({ url: "/issues/1", headers: { accept: "text/html,*/*" } });
    expect([view.statusCode, view.body]).toEqual([200, "<title>Vigia</title>"]);
    expect((await app.inject("/assets/missing.js")).statusCode).toBe(404);
    expect((await app.inject({ url: "/issues/1", method: "POST" })).statusCode).toBe(404);
    expect((await app.inject("/../package.json")).body).not.toContain("@vigia");
  });

  it("lets nothing foreign run, and nobody frame it", async () => {
    build();
    await servePage(app, webDir);
    const { headers } = await app.inject("/");
    expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(headers["content-security-policy"]).not.toContain("unsafe");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["x-frame-options"]).toBe("DENY");
  });
});
