import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@vigia/servers";
import { proveAgain } from "./again.ts";
import { CLUSTER_FILES, proveCluster } from "./cluster.ts";
import { proveCommandLine } from "./command-line.ts";
import { openOwnPsql } from "./database.ts";
import { proveDeath } from "./death.ts";
import { proveFlow } from "./flow.ts";
import { OWN_SETTINGS, proveOwnServers, removeOwnServers } from "./own-servers.ts";
import { openProject, type Project } from "./project.ts";
import { createReport, type ProofReport } from "./proof-report.ts";
import { proveReplicas } from "./replicas.ts";
import { proveStarted } from "./started.ts";
import type { ComposedSystem } from "./system.ts";

const PROJECT_DIR = join(__dirname, "..", "..", "..");
/** Brisk, so that a trade ends while one watches. */
const DEMO_SETTINGS = { DEMO_PACE_MS: "2000" };

/** The whole proof. What it made is removed however it ends, images aside. */
async function main(): Promise<void> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  }
  const report = createReport(process.stdout);
  const directory = mkdtempSync(join(tmpdir(), "vigia-proof-"));
  const open = async (
    name: string,
    settings: Readonly<Record<string, string>>,
    files?: readonly string[],
  ): Promise<Project> => {
    const envFile = join(directory, `${name}.env`);
    writeFileSync(
      envFile,
      Object.entries(settings)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(""),
    );
    const port = await freePort();
    return openProject({ name, projectDir: PROJECT_DIR, envFile, port, signal: stop.signal, ...(files && { files }) });
  };
  const name = `vigia-proof-${process.pid}`;
  const demo = await open(name, DEMO_SETTINGS);
  const cluster = await open(`${name}-cluster`, DEMO_SETTINGS, CLUSTER_FILES);
  const own = await open(`${name}-own`, OWN_SETTINGS);
  try {
    await proveDemo(demo, report);
    await remove(demo);
    await proveCluster(cluster, report);
    await remove(cluster);
    await proveOwnServers(own, report);
  } finally {
    process.stdout.write("\nRemoving what was started\n");
    await remove(demo).catch(complain);
    await remove(cluster).catch(complain);
    await removeOwnServers(own).catch(complain);
    await remove(own).catch(complain);
    rmSync(directory, { recursive: true, force: true });
    process.stdout.write(`\n${report.passed} passed, ${report.failed} failed\n`);
  }
  process.exitCode = report.failed > 0 ? 1 : 0;
}

function remove(project: Project): Promise<void> {
  return project.down("--volumes", "--timeout", "20");
}

async function proveDemo(project: Project, report: ProofReport): Promise<void> {
  report.group("The plain command (where the image is not built yet, this takes some minutes)");
  const started = await report.prove("`docker compose up --build --wait` ends well", project, [], async () => {
    await project.up("--build");
    return `as project ${project.name}, its page on port ${project.port}`;
  });
  if (!started) return;
  const system: ComposedSystem = { project, psql: openOwnPsql(project), report };
  await proveStarted(system);
  await proveFlow(system);
  await proveCommandLine(system);
  await proveDeath(system);
  await proveReplicas(system);
  await proveAgain(system);
}

function complain(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
}

main().catch((error: unknown) => {
  complain(error);
  process.exitCode = 1;
});
