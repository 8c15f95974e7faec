import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes a file for its owner alone, and tells its path as a server sees it that knows `dir` as `seenAs`. */
export function writeSecretFile(dir: string, name: string, text: string, seenAs: string): string {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, name);
  // Removed first: the mode counts for a new file alone.
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode: 0o600 });
  return join(seenAs, name);
}
