import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { keccak256 } from "ethers";
import { Client } from "pg";
import { from as copyFrom } from "pg-copy-streams";

/*
 * The limit: the least that any program must do to bring the reference contract's escrows into Postgres with the same
 * proofs of completeness. One file, one contract, nothing undone, nothing told. Run as a process of its own:
 *
 *   RPC_URL, DATABASE_URL, CONTRACT, FROM_BLOCK, TO_BLOCK → { "seconds": …, "cpuSeconds": …, "peakMemoryMb": … }
 */

const BLOCKS = 50;
const HEADERS = 25;

interface Log {
  readonly blockNumber: string;
  readonly blockHash: string;
  readonly logIndex: string;
  readonly transactionHash: string;
  readonly topics: readonly string[];
  readonly data: string;
}

interface Header {
  readonly number: string;
  readonly hash: string;
  readonly parentHash: string;
  readonly timestamp: string;
  readonly logsBloom: string;
}

interface Range {
  readonly to: number;
  readonly headers: readonly Header[];
  readonly logs: readonly Log[];
}

const { RPC_URL = "", DATABASE_URL, CONTRACT = "", FROM_BLOCK, TO_BLOCK } = process.env;

const EVENTS: Readonly<Record<string, { readonly name: string; readonly status: string; readonly indexed: number }>> =
  Object.fromEntries(
    (
      [
        ["EscrowCreated(bytes32,address,address,address,uint256,uint64,uint64)", "pending_deposit"],
        ["EscrowFunded(bytes32,uint256)", "funded"],
        ["EscrowLocked(bytes32,address,uint256)", "locked"],
        ["EscrowReleased(bytes32,address,uint256)", "released"],
        ["EscrowCancelledBySeller(bytes32,address,uint256)", "cancelled_by_seller"],
      ] as const
    ).map(([signature, status]) => [
      keccak256(Buffer.from(signature)),
      { name: signature.slice(0, signature.indexOf("(")), status, indexed: signature.split("address").length - 1 },
    ]),
  );

async function ask(requests: readonly { method: string; params: readonly unknown[] }[]): Promise<unknown[]> {
  const body = JSON.stringify(requests.map((request, id) => ({ jsonrpc: "2.0", id, ...request })));
  const answer = await fetch(RPC_URL, { method: "POST", headers: { "content-type": "application/json" }, body });
  const answers = JSON.parse(await answer.text()) as { id: number; result: unknown }[];
  return answers.toSorted((one, other) => one.id - other.id).map(({ result }) => result);
}

const hex = (value: number) => `0x${value.toString(16)}`;

async function read(from: number, last: number): Promise<Range> {
  const to = Math.min(last, from + BLOCKS - 1);
  const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const parts = Array.from({ length: Math.ceil(numbers.length / HEADERS) }, (_, part) =>
    ask(
      numbers
        .slice(part * HEADERS, (part + 1) * HEADERS)
        .map((number) => ({ method: "eth_getBlockByNumber", params: [hex(number), false] })),
    ),
  );
  const filter = { address: CONTRACT, fromBlock: hex(from), toBlock: hex(to) };
  const [[logs], headers] = await Promise.all([
    ask([{ method: "eth_getLogs", params: [filter] }]),
    Promise.all(parts).then((all) => all.flat() as Header[]),
  ]);
  return { to, headers, logs: logs as Log[] };
}

function bloomTest(value: string): (bloom: string) => boolean {
  const digest = Buffer.from(keccak256(value).slice(2), "hex");
  const bits = [0, 2, 4].map((at) => digest.readUInt16BE(at) & 2_047);
  return (bloom) => bits.every((bit) => Number.parseInt(bloom[2 + 511 - (bit >> 2)] ?? "0", 16) & (1 << (bit & 3)));
}

const contractTest = bloomTest(CONTRACT);
const topicTests = Object.keys(EVENTS).map((topic) => [topic, bloomTest(topic)] as const);

/** The headers are one chain, and every event that a header's bloom filter names is there. */
function prove({ headers, logs }: Range, parent: string | undefined): string {
  const topics = new Map<string, Set<string>>();
  for (const {
    blockHash,
    topics: [topic = ""],
  } of logs) {
    const there = topics.get(blockHash);
    if (there) there.add(topic);
    else topics.set(blockHash, new Set([topic]));
  }
  let last = parent;
  for (const { hash, parentHash, logsBloom } of headers) {
    if (last !== undefined && parentHash !== last) throw new Error("the chain has forked");
    last = hash;
    if (!contractTest(logsBloom)) continue;
    for (const [topic, test] of topicTests) {
      if (test(logsBloom) && !topics.get(hash)?.has(topic)) throw new Error(`block ${hash} lacks a log`);
    }
  }
  return last ?? "";
}

const word = (data: string, index: number) => data.slice(2 + index * 64, 2 + (index + 1) * 64);
const address = (text: string) => `0x${text.slice(-40)}`;
const amount = (text: string) => BigInt(`0x${text}`).toString();

interface Escrow {
  id: string;
  status: string;
  seller: string;
  buyer: string;
  amount: string;
  balance: string;
  block: number;
}

/** Applies a range: the logs' rows, and what became of each escrow in it. */
function apply({ headers, logs }: Range): { rows: string[]; escrows: Map<string, Escrow> } {
  const times = new Map(
    headers.map(({ hash, timestamp }) => [hash, new Date(Number(timestamp) * 1_000).toISOString()]),
  );
  const escrows = new Map<string, Escrow>();
  const rows = logs.map(({ blockNumber, blockHash, logIndex, transactionHash, topics, data }) => {
    const [topic = "", id = "", first = "", second = ""] = topics;
    const event = EVENTS[topic];
    if (!event) throw new Error(`an unknown event ${topic}`);
    const block = Number(blockNumber);
    const isNew = event.name === "EscrowCreated";
    const sum = amount(word(data, isNew ? 1 : 0));
    const parties = isNew ? { seller: address(first), buyer: address(second) } : { by: first && address(first) };
    const before = escrows.get(id);
    escrows.set(id, {
      id,
      status: event.status,
      seller: isNew ? address(first) : (before?.seller ?? ""),
      buyer: isNew ? address(second) : (before?.buyer ?? ""),
      amount: isNew ? sum : (before?.amount ?? ""),
      balance: event.status === "funded" || event.status === "locked" ? sum : "0",
      block,
    });
    const values = JSON.stringify({ id, ...parties, amount: sum });
    return `${block}\t${Number(logIndex)}\t${blockHash}\t${transactionHash}\t${event.name}\t${id}\t${values}\t${times.get(blockHash)}\n`;
  });
  return { rows, escrows };
}

async function write(client: Client, { rows, escrows }: ReturnType<typeof apply>, to: number, hash: string) {
  await client.query("BEGIN");
  await pipeline(Readable.from([rows.join("")]), client.query(copyFrom("COPY logs FROM STDIN")));
  const all = [...escrows.values()];
  await client.query(
    `INSERT INTO escrows SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::bigint[])
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, balance = excluded.balance, block = excluded.block`,
    [
      all.map(({ id }) => id),
      all.map(({ status }) => status),
      all.map(({ seller }) => seller),
      all.map(({ buyer }) => buyer),
      all.map((each) => each.amount),
      all.map(({ balance }) => balance),
      all.map(({ block }) => block),
    ],
  );
  await client.query("UPDATE cursors SET block = $1, hash = $2", [to, hash]);
  await client.query("COMMIT");
}

const TABLES = `
  CREATE TABLE logs (block bigint, log_index integer, block_hash text, transaction_hash text, event text, escrow_id text,
                     arguments jsonb, mined_at timestamptz, PRIMARY KEY (block, log_index));
  CREATE INDEX ON logs (escrow_id, block, log_index);
  CREATE TABLE escrows (id text PRIMARY KEY, status text, seller text, buyer text, amount text, balance numeric, block bigint);
  CREATE TABLE cursors AS SELECT 0::bigint AS block, ''::text AS hash`;

async function main(): Promise<void> {
  const client = new Client({ connectionString: DATABASE_URL });
  await client.connect();
  await client.query(TABLES);
  const last = Number(TO_BLOCK);
  const startedAt = performance.now();
  const cpuAtStart = process.cpuUsage();
  let hash: string | undefined;
  let next: Promise<Range> | undefined = read(Number(FROM_BLOCK), last);
  while (next) {
    const range: Range = await next;
    next = range.to < last ? read(range.to + 1, last) : undefined;
    hash = prove(range, hash);
    await write(client, apply(range), range.to, hash);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpuAtStart);
  const cpuSeconds = (user + system) / 1_000_000;
  await client.end();
  process.stdout.write(JSON.stringify({ seconds, cpuSeconds, peakMemoryMb: process.resourceUsage().maxRSS / 1_024 }));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
