import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Benchmark, Contender, Scene } from "../contender.ts";
import { type Program, startProgram, startServiceProcess } from "../processes.ts";

const SERVICES = ["scheduler", "cleanup", "notifications"];
const DEFAULT_SECONDS = 30;
/** What starting costs must not count. */
const SETTLING_MS = 5_000;
const CPU = "processor, % of a core";
const MEMORY = "memory, MB";

/** What a service costs that has nothing to do. */
export const idle: Benchmark = {
  unit: "while nothing happens",
  samples: "rounds",
  rounds: 1,
  async prepare(scene) {
    if (!existsSync("/proc/self/stat")) throw new Error("idle reads /proc, which Linux alone has");
    const seconds = scene.options.seconds ?? DEFAULT_SECONDS;
    const { environment } = scene.servers;
    return [
      ...SERVICES.map(
        (service): Contender => ({
          ...{ name: service, role: "ours" },
          measure: () => watch(() => startServiceProcess(service, environment), seconds),
        }),
      ),
      { name: "Node with a connection to each server", role: "limit", measure: () => watch(bare(scene), seconds) },
    ];
  },
};

async function watch(start: () => Promise<Program>, seconds: number): Promise<Record<string, number[]>> {
  const program = await start();
  try {
    await sleep(SETTLING_MS);
    const before = processorSeconds(program.pid);
    const fromMs = performance.now();
    await sleep(seconds * 1_000);
    const used = (processorSeconds(program.pid) - before) / ((performance.now() - fromMs) / 1_000);
    return { [CPU]: [used * 100], [MEMORY]: [residentMb(program.pid)] };
  } finally {
    await program.kill("SIGKILL");
  }
}

/** See proc(5): what follows the name in parentheses begins with the third field; user and system time are 14 and 15. */
function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function residentMb(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1_024;
}

function bare({ servers }: Scene): () => Promise<Program> {
  return async () => {
    const path = join("bench", "dist", "benchmarks", "idle-limit.js");
    const program = startProgram(path, [], servers.environment);
    await new Promise<void>((resolve) => program.onMessage(() => resolve()));
    return program;
  };
}
