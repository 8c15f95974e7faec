import { build, install, requireNode } from "./bootstrap.mjs";

/*
 * `npm run test:reliability -- --seed S --minutes M`: the services under load and faults, and what they promise judged
 * from what they left behind. Installs and builds what is missing, then hands over to the compiled
 * tests/src/reliability/main.ts, which also answers `--help`.
 */

requireNode();
await install(process.stderr);
if (!(await build(process.stderr))) process.exit(1);
await import("../tests/dist/reliability/main.js");
