import { build, install, requireNode } from "../scripts/bootstrap.mjs";

/*
 * `npm run bench -- <benchmark> [options]`: installs and builds what is missing or changed, as `npm start` does, then
 * hands over to the compiled src/main.ts.
 */

requireNode();
await install(process.stderr);
if (!(await build(process.stderr))) process.exit(1);
await import("./dist/main.js");
