import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILE = "environment";

/** Writes how to reach the running system, so that `npx vigia`, psql and nats beside it need no settings. */
export function writeEnvironmentFile(dataDir: string, settings: Readonly<Record<string, string>>): void {
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  const file = join(dataDir, FILE);
  // Removed first: the mode below counts for a new file alone, and the addresses hold passwords.
  rmSync(file, { force: true });
  writeFileSync(file, lines.join(""), { mode: 0o600 });
}

/** Addresses of servers that have stopped mislead. */
export function removeEnvironmentFile(dataDir: string): void {
  rmSync(join(dataDir, FILE), { force: true });
}
