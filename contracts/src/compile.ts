import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { artifactText, compileContracts } from "./compiler.ts";

/** Rewrites the artefacts that are checked in: `npm run compile -w contracts`. It runs from `dist/`, beside `src/`. */
const sourceDir = join(__dirname, "../src");
const artifactDir = join(sourceDir, "artifacts");

mkdirSync(artifactDir, { recursive: true });
for (const artifact of compileContracts(sourceDir)) {
  const path = join(artifactDir, `${artifact.contractName}.json`);
  writeFileSync(path, artifactText(artifact));
  process.stdout.write(`${artifact.contractName}: ${(artifact.bytecode.length - 2) / 2} bytes, ${path}\n`);
}
