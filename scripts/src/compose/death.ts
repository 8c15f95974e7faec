import { countLogs } from "./chain.ts";
import { CURSOR } from "./database.ts";
import type { Container } from "./project.ts";
import type { ComposedSystem } from "./system.ts";
import { until } from "./until.ts";

const VICTIM = "chain-sync";
/** Finds the service's own process beside the init process that started it, and ends it as a crash would. */
const CRASH = `
  const { readdirSync, readFileSync } = require("node:fs");
  const isService = (pid) => /^node\\0services/.test(readFileSync("/proc/" + pid + "/cmdline", "utf8"));
  process.kill(Number(readdirSync("/proc").filter((name) => /^\\d+$/.test(name)).find(isService)), "SIGKILL");
`;

/** A killed service comes back and goes on where it was: nothing is lost, nothing is recorded twice. */
export async function proveDeath(system: ComposedSystem): Promise<void> {
  const { project, psql, report } = system;
  report.group(`${VICTIM} dies`);
  await report.prove("killed through Docker, it returns with `up` and goes on", project, [VICTIM], async () => {
    const before = await psql.count(CURSOR);
    await project.compose(["kill", "-s", "KILL", VICTIM]);
    const { State } = await victim(system);
    if (State.Status !== "exited" || State.ExitCode !== 137)
      throw new Error(`it is ${State.Status} (${State.ExitCode})`);
    await project.up();
    const after = await cursorPast(system, before);
    return `exit code 137 at block ${before}, then read on to block ${after}`;
  });
  await report.prove("crashed, it is started again by its restart policy", project, [VICTIM], async () => {
    const { RestartCount } = await victim(system);
    const before = await psql.count(CURSOR);
    // The command that crashes it is cut off with it.
    await project.compose(["exec", "-T", VICTIM, "node", "-e", CRASH], { accept: [137] });
    const restarted = await until(
      "its return",
      () => victim(system),
      (container) => container.RestartCount > RestartCount && container.State.Health?.Status === "healthy",
    );
    const after = await cursorPast(system, before);
    return `started again ${restarted.RestartCount} time, healthy, from block ${before} to block ${after}`;
  });
  await report.prove("every log is recorded once", project, [VICTIM], () => recordedOnce(system));
}

async function victim({ project }: ComposedSystem): Promise<Container> {
  const [container] = await project.containers(VICTIM);
  if (!container) throw new Error(`${VICTIM} has no container`);
  return container;
}

function cursorPast({ psql }: ComposedSystem, before: number): Promise<number> {
  return until(
    "the cursor to go on",
    () => psql.count(CURSOR),
    (block) => block > before,
  );
}

/** The rows up to the cursor are as many as the chain's logs, and no two of them are the same log. */
export async function recordedOnce({ project, psql }: ComposedSystem): Promise<string> {
  const cursor = await psql.count(CURSOR);
  const where = `WHERE block_number <= ${cursor}`;
  const rows = await psql.count(`SELECT count(*) FROM vigia.chain_logs ${where}`);
  const different = await psql.count(
    `SELECT count(*) FROM (SELECT DISTINCT block_hash, transaction_hash, log_index FROM vigia.chain_logs ${where}) logs`,
  );
  const onChain = await countLogs(project, cursor);
  if (rows !== different || rows !== onChain) {
    throw new Error(`${rows} rows for ${different} different logs up to block ${cursor}; the chain has ${onChain}`);
  }
  return `${rows} rows for the chain's ${onChain} logs up to block ${cursor}`;
}
