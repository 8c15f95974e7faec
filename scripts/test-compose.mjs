import { spawnSync } from "node:child_process";
import { build, install, requireNode } from "./bootstrap.mjs";

/*
 * `npm run test:compose`: proves `docker compose up` on a real engine, in projects of its own that it removes again.
 * Needs Docker Engine with Compose v2; hands over to the compiled scripts/src/compose/proof.ts.
 */

requireNode();
requireEngine();
await install(process.stdout);
if (!(await build(process.stdout))) process.exit(1);
await import("./dist/compose/proof.js");

function requireEngine() {
  const engine = spawnSync("docker", ["info", "--format", "{{.ServerVersion}}"], { encoding: "utf8" });
  if (engine.error || engine.status !== 0) {
    giveUp(`no Docker engine answers: ${engine.error?.message ?? firstLine(engine.stderr)}`);
  }
  const compose = spawnSync("docker", ["compose", "version", "--short"], { encoding: "utf8" });
  if (compose.status !== 0) giveUp(`Docker has no Compose v2 (docker compose version): ${firstLine(compose.stderr)}`);
  process.stdout.write(`vigia: Docker Engine ${engine.stdout.trim()}, Compose ${compose.stdout.trim()}\n`);
}

function firstLine(text) {
  return text.trim().split("\n")[0];
}

function giveUp(why) {
  process.stderr.write(
    `test:compose cannot run here: ${why}\nIt needs a running Docker Engine with Compose v2: https://docs.docker.com/engine/install/\n`,
  );
  process.exit(1);
}
