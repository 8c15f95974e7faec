#!/usr/bin/env node
// The built program does not exist yet when npm links this file into node_modules/.bin, so it is a file of its own.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const main = join(__dirname, "..", "dist", "main.js");
if (existsSync(main)) {
  require(main);
} else {
  console.error(
    "vigia: not built yet. Run `npm run build` in the project's folder, or `npm start`, which builds it too.",
  );
  process.exitCode = 78;
}
