import { writeFileSync } from "node:fs";
import { documentFiles } from "./files.ts";

for (const { path, text } of documentFiles()) {
  writeFileSync(path, text);
  console.log(`wrote ${path}`);
}
