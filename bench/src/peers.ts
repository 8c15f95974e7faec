import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** Nobody but a benchmark that compares with them has these, so they are no dependencies of anything. */
const PEERS_DIR = join(__dirname, "..", ".peers");
const VERSIONS = {
  bullmq: "6.7.0",
  "graphile-worker": "0.18.0",
  ioredis: "5.11.1",
  "pg-boss": "10.4.2",
  redlock: "4.2.0",
} as const;

export const PEER_NAMES = ["bullmq", "graphile-worker", "pg-boss", "redlock"] as const;
export type PeerName = (typeof PEER_NAMES)[number];

export interface Peers {
  /** Whether this one is to be compared with. */
  wants(name: PeerName): boolean;
  /** The peer's module; the caller says what of it is used. Installs all peers the first time. */
  load<Module>(name: PeerName): Module;
}

export function choosePeers(chosen: string | undefined, report: (line: string) => void): Peers {
  return {
    wants: (name) => chosen === undefined || chosen === name,
    load: <Module>(name: PeerName) => {
      installPeers(report);
      return createRequire(join(PEERS_DIR, "package.json"))(name) as Module;
    },
  };
}

function installPeers(report: (line: string) => void): void {
  const manifest = `${JSON.stringify({ private: true, dependencies: VERSIONS }, undefined, 2)}\n`;
  const file = join(PEERS_DIR, "package.json");
  const done = join(PEERS_DIR, "installed");
  if (existsSync(done) && readFileSync(done, "utf8") === manifest) return;
  report(`installing the peers into bench/.peers: ${Object.keys(VERSIONS).join(", ")}`);
  mkdirSync(PEERS_DIR, { recursive: true });
  writeFileSync(file, manifest);
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: PEERS_DIR,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  writeFileSync(done, manifest);
}
