import Table from "cli-table3";
import type { PageLogin } from "./page-login.ts";
import type { ProcessDefinition } from "./services.ts";
import type { StackSettings } from "./stack.ts";

export interface WelcomeOptions {
  readonly page: string;
  readonly pageLogin: PageLogin;
  readonly settings: StackSettings;
  readonly processes: readonly ProcessDefinition[];
  /** Where data and logs are, as the reader would name it. */
  readonly dataDir: string;
  readonly seconds: number;
}

/** What runs where, and what to try next. */
export function welcome({ page, pageLogin, settings, processes, dataDir, seconds }: WelcomeOptions): string {
  const table = new Table({ head: ["what", "where"], style: { head: [], border: [], compact: true } });
  table.push(["page", page], ["to act there", `log in as ${pageLogin.name}, ${pageLogin.password}`]);
  for (const { name, url } of processes) table.push([name, url ?? "(no port)"]);
  table.push(["NATS", withoutPassword(settings.NATS_URL)], ["Redis", withoutPassword(settings.REDIS_URL)]);
  table.push(["PostgreSQL", withoutPassword(settings.DATABASE_URL)]);
  table.push(["chain", `${settings.CHAIN_RPC_URL}, escrow contract ${settings.ESCROW_ADDRESS}`]);
  return `
${table.toString()}

Ready after ${seconds.toFixed(1)} s. What to try next, in another terminal:

  open ${page}
  npx vigia status                       what ran, how far the chain is read, what is open
  npx vigia issues --follow              findings as they come
  npx vigia resync --from 0 --wait       reads the chain again from block 0, with progress

  set -a; . ${dataDir}/environment; set +a
  psql "$DATABASE_URL" -c "SELECT status, count(*) FROM marketplace.orders GROUP BY 1"
  nats --server "$NATS_URL" sub 'vigia.event.consistency-issue.>'
  nats --server "$NATS_URL" pub vigia.command.chain-sync.resync '{"fromBlock":0}'

Logs are in ${dataDir}/logs. Ctrl-C stops everything. What happens from here on:
`;
}

function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.password = "…";
  return decodeURI(shown.href);
}
