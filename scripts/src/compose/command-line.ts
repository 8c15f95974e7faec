import type { ComposedSystem } from "./system.ts";

const RESYNC_TIMEOUT_SECONDS = 240;
const EXIT_CONFIGURATION = 78;
const WRONG = { CHAIN_ID: "0", CHAIN_RPC_URL: "", ESCROW_ADDRESS: "nonsense" };

/** What an operator does from a terminal: asks for a resync, and learns of a wrong setting. */
export async function proveCommandLine({ project, psql, report }: ComposedSystem): Promise<void> {
  report.group("An operator's terminal");
  await report.prove("`vigia resync --from 0 --wait` completes", project, ["chain-sync"], async () => {
    const completed = () =>
      psql.count("SELECT count(*) FROM vigia.executions WHERE job = 'chain-sync.resync' AND status = 'completed'");
    const before = await completed();
    const timeout = String(RESYNC_TIMEOUT_SECONDS);
    const { stdout } = await project.compose(
      ["run", "--rm", "-T", "vigia", "resync", "--from", "0", "--wait", "--timeout", timeout],
      { timeoutMs: (RESYNC_TIMEOUT_SECONDS + 30) * 1000 },
    );
    if ((await completed()) !== before + 1) throw new Error(`no completed run is on record; it said: ${stdout}`);
    return stdout.trim().split("\n").at(-1) ?? "";
  });
  await report.prove("a service's own login gives no commands", project, ["cleanup"], async () => {
    const { code, stderr } = await project.compose(["exec", "-T", "cleanup", "vigia", "pause", "chain-sync"], {
      accept: [EXIT_CONFIGURATION],
    });
    const paused = await psql.count("SELECT count(*) FROM vigia.schedules WHERE paused");
    if (code !== EXIT_CONFIGURATION || paused > 0) throw new Error(`exit code ${code}, ${paused} schedules are paused`);
    return stderr.trim().split("\n").at(-1) ?? "";
  });
  await report.prove("wrong settings end a service with 78 and the whole list", project, [], async () => {
    const settings = Object.entries(WRONG).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
    const { code, stdout, stderr } = await project.compose(
      ["run", "--rm", "-T", "--no-deps", ...settings, "chain-sync"],
      { accept: [EXIT_CONFIGURATION] },
    );
    const said = stdout + stderr;
    const unnamed = Object.keys(WRONG).filter((name) => !said.includes(name));
    if (code !== EXIT_CONFIGURATION || unnamed.length > 0) {
      throw new Error(`exit code ${code}, not named: ${unnamed.join(", ") || "none"}; it said: ${said}`);
    }
    return `exit code ${code}, naming ${Object.keys(WRONG).join(", ")}`;
  });
}
