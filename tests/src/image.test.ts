import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import dockerignore from "@balena/dockerignore";

const ROOT = join(__dirname, "..", "..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

/** The Dockerfile's instructions, each on one line, without comments. */
const instructions = read("Dockerfile")
  .replace(/^#.*\n/gm, "")
  .replace(/\\\n/g, " ")
  .split("\n")
  .map((line) => line.trim())
  .filter((line) => line !== "");
const ofKind = (kind: string, lines: readonly string[] = instructions) =>
  lines.filter((line) => line.toUpperCase().startsWith(`${kind} `));

describe("no secret gets into the image (A2)", () => {
  const context = dockerignore().add(read(".dockerignore"));

  it.each([
    ...[".env", ".env.local", ".env.production", "services/reporting/.env", "deploy/compose/.env.mine"],
    ...["vigia.yaml", ".vigia/environment", ".vigia/logs/scheduler.log", "secrets/database_password"],
    ...["deploy/nats/server.key", "deploy/tls/ca.pem", "deploy/redis/users.acl", "deploy/operator.creds", "seed.nk"],
    ...["client.p12", "apps/cli/id_ed25519", ".git/config"],
  ])("%s does not reach its builder", (file) => {
    expect(context.ignores(file)).toBe(true);
  });

  it("has a builder that is given the sources, so that the above says something", () => {
    for (const file of ["package.json", "services/cleanup/src/main.ts", "deploy/container/ready.js"]) {
      expect(context.ignores(file)).toBe(false);
    }
  });

  it("takes nothing from whoever builds it, and keeps no variable but NODE_ENV", () => {
    expect(ofKind("ARG")).toEqual([]);
    expect(new Set(ofKind("ENV"))).toEqual(new Set(["ENV NODE_ENV=production"]));
    expect(instructions.filter((line) => /--mount|\bADD\b/.test(line))).toEqual([]);
    for (const file of readdirSync(ROOT).filter((name) => /^docker-compose.*\.yml$/.test(name))) {
      expect(read(file)).not.toMatch(/^\s*(args|secrets|ssh):/m);
    }
  });

  it("holds what was built and its dependencies, none of the folder that it is built from", () => {
    const last = instructions.findLastIndex((line) => line.startsWith("FROM "));
    expect(ofKind("COPY", instructions.slice(last))).toEqual([
      "COPY deploy/container/ready.js /usr/local/lib/vigia/ready.js",
      "COPY --from=dependencies /app/node_modules ./node_modules",
      "COPY --from=build /app ./",
    ]);
  });
});
