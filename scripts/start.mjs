import { build, install, requireNode } from "./bootstrap.mjs";

/*
 * `npm start [-- options]`: installs and builds what is missing or changed, then hands over to the compiled
 * scripts/src/start.ts, which runs the system.
 */

// With --json, standard output belongs to the one document.
const out = process.argv.includes("--json") ? process.stderr : process.stdout;

requireNode();
out.write("vigia: preparing\n");
await install(out);
if (!(await build(out))) process.exit(1);
await import("./dist/start.js");
