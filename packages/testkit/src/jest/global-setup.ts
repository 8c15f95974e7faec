import "./sources.ts";
import { getServers, SERVER_NAMES, startPostgres } from "@vigia/servers";
import { endDeadRuns, openRun } from "../run.ts";

/** Starts what all test files share: a folder for everything that the run leaves behind, and one PostgreSQL. */
export default async function globalSetup(): Promise<void> {
  await endDeadRuns();
  await getServers(SERVER_NAMES, { report: (line) => process.stderr.write(`servers: ${line}\n`) });
  const { postgresDir, publish } = openRun();
  const { url } = await startPostgres({ dir: postgresDir, durable: false, settings: { max_connections: "300" } });
  publish(url);
}
