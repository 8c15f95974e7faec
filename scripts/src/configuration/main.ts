import { writeFileSync } from "node:fs";
import { configurationFiles } from "./files.ts";

for (const { path, text } of configurationFiles()) {
  writeFileSync(path, text);
  console.log(`wrote ${path}`);
}
