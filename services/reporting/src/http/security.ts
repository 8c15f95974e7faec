import type { FastifyInstance } from "fastify";

/** The page loads its own files alone, runs no inline script, is not framed. `data:` is for icons in the CSS. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** On every answer of the service, health and metrics included. */
export function secureHeaders(app: FastifyInstance): void {
  app.addHook("onSend", async (_request, reply) => {
    reply
      .header("content-security-policy", CONTENT_SECURITY_POLICY)
      .header("x-content-type-options", "nosniff")
      .header("x-frame-options", "DENY")
      .header("referrer-policy", "no-referrer")
      .header("cross-origin-resource-policy", "same-origin");
  });
}
