import { ESCROW_ADDRESS } from "./chain.ts";
import { runCommand } from "./command.ts";
import { CURSOR, openPsql, type Psql } from "./database.ts";
import { type Project, serviceOf } from "./project.ts";
import type { ProofReport } from "./proof-report.ts";
import { SERVICES } from "./system.ts";
import { until } from "./until.ts";

const CHAIN_ID = 31338;
const LEFT_OUT = ["postgres", "grant", "chain", "deploy-contract", "demo"];
/** One schedule is set, the others must be the usual ones. */
const OWN_SCHEDULE = "*/5 * * * * *";
const USUAL_CHECK_SCHEDULE = "*/30 * * * *";

export const OWN_SETTINGS = {
  VIGIA_EMBEDDED_DATABASE: "0",
  DATABASE_URL: "postgres://own:own@own-postgres:5432/own",
  VIGIA_EMBEDDED_CHAIN: "0",
  CHAIN_ID: String(CHAIN_ID),
  CHAIN_RPC_URL: "http://own-chain:8545",
  ESCROW_ADDRESS,
  SCHEDULE_CHAIN_SYNC_SYNC: OWN_SCHEDULE,
};

/** The same file with a database and a chain that somebody else runs: here, two containers beside the composition. */
export async function proveOwnServers(project: Project, report: ProofReport): Promise<void> {
  report.group("With a database and a chain of one's own");
  let psql: Psql | undefined;
  const started = await report.prove("services alone start, and are healthy", project, SERVICES, async () => {
    psql = await startOwnServers(project);
    await project.up();
    const containers = await project.containers();
    const present = containers.map(serviceOf);
    const unwanted = LEFT_OUT.filter((service) => present.includes(service));
    if (unwanted.length > 0) throw new Error(`there are containers of ${unwanted.join(", ")}`);
    const again = containers.filter(({ RestartCount }) => RestartCount > 0).map(serviceOf);
    if (again.length > 0) throw new Error(`started more than once: ${again.join(", ")}`);
    return `${present.sort().join(", ")}; none started twice`;
  });
  const database = psql;
  if (!started || !database) return;
  await report.prove("the own chain is read into the own database", project, ["chain-sync"], async () => {
    const query = `${CURSOR} WHERE chain_id = ${CHAIN_ID}`;
    const before = await database.count(query);
    const after = await until(
      "the cursor to advance",
      () => database.count(query),
      (block) => block > before + 1,
    );
    return `chain ${CHAIN_ID} from block ${before} to block ${after}`;
  });
  await report.prove("schedules are the usual ones, save the one that is set", project, ["scheduler"], async () => {
    const query = "SELECT task, cron FROM vigia.schedules";
    const rows = await until(
      "schedules",
      () => database.rows<{ task: string; cron: string }>(query),
      (all) => all.length > 0,
    );
    const cronOf = (task: string) => rows.find((row) => row.task === task)?.cron;
    if (cronOf("chain-sync.sync") !== OWN_SCHEDULE || cronOf("consistency.check") !== USUAL_CHECK_SCHEDULE) {
      throw new Error(JSON.stringify(rows));
    }
    return `chain-sync.sync ${OWN_SCHEDULE}, consistency.check ${USUAL_CHECK_SCHEDULE}`;
  });
}

/** Starts them in the composition's network, with the images that the composition itself names. */
async function startOwnServers(project: Project): Promise<Psql> {
  await project.compose(["up", "--no-start"]);
  const { stdout } = await project.compose(["config", "--format", "json"]);
  const images = (JSON.parse(stdout) as { services: Record<string, { image: string }> }).services;
  const run = (role: string, ...args: string[]) =>
    runCommand("docker", ["run", "--network", `${project.name}_default`, "--name", ownName(project, role), ...args]);
  const image = (service: string) => images[service]?.image ?? "";

  const account = ["USER", "PASSWORD", "DB"].flatMap((name) => ["--env", `POSTGRES_${name}=own`]);
  await run("postgres", "--detach", "--network-alias", "own-postgres", ...account, image("postgres"));
  const chain = [
    "--host=0.0.0.0",
    `--chain-id=${CHAIN_ID}`,
    "--block-time=2",
    "--mixed-mining",
    "--slots-in-an-epoch=1",
  ];
  await run("chain", "--detach", "--network-alias", "own-chain", "--entrypoint", "anvil", image("chain"), ...chain);

  const inside = (role: string, ...args: string[]) => runCommand("docker", ["exec", ownName(project, role), ...args]);
  const answers = (role: string, ...args: string[]) =>
    until(
      `the own ${role}`,
      () => inside(role, ...args).then(() => "", String),
      (problem) => problem === "",
    );
  await answers("postgres", "pg_isready", "--host", "127.0.0.1", "--username", "own");
  await answers("chain", "cast", "block-number", "--rpc-url", "http://127.0.0.1:8545");
  const deploy = ["node", "apps/demo/dist/deploy-main.js"];
  await run("deploy", "--rm", "--env", `CHAIN_RPC_URL=${OWN_SETTINGS.CHAIN_RPC_URL}`, image("migrate"), ...deploy);
  return openPsql(async (args) => (await inside("postgres", "psql", "-U", "own", "-d", "own", ...args)).stdout.trim());
}

/** Safe where none was started. */
export async function removeOwnServers(project: Project): Promise<void> {
  const names = ["postgres", "chain", "deploy"].map((role) => ownName(project, role));
  await runCommand("docker", ["rm", "--force", "--volumes", ...names], { accept: [1] });
}

function ownName(project: Project, role: string): string {
  return `${project.name}-own-${role}`;
}
