import { Client } from "pg";

interface ChainMemory {
  readonly databaseUrl: string;
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly report: (line: string) => void;
}

interface Cursor {
  readonly contract: string;
  readonly block: number;
}

/** The demo chain lost what the database knows of it; nothing sensible can follow. */
export class ChainForgottenError extends Error {
  constructor({ contract, block }: Cursor) {
    super(
      `The demo chain has forgotten the escrow contract ${contract}, which the database has followed to block ${block}.\n` +
        "Its state was removed or belongs to another run. Start afresh with: npm start -- --fresh",
    );
    this.name = "ChainForgottenError";
  }
}

/**
 * The chain and the database keep their data apart, and a power cut or a removed file can leave them with different
 * pasts. A chain that lost its last seconds is a reorg, which the services undo; one without the contract is an error.
 */
export async function checkChainMemory({ databaseUrl, rpcUrl, chainId, report }: ChainMemory): Promise<void> {
  const cursor = await readCursor(databaseUrl, chainId);
  if (cursor === undefined) return;
  if ((await rpc(rpcUrl, "eth_getCode", [cursor.contract, "latest"])) === "0x") throw new ChainForgottenError(cursor);
  const head = Number(await rpc(rpcUrl, "eth_blockNumber", []));
  if (head >= cursor.block) return;
  report(`the chain lost its last ${cursor.block - head} blocks when it was cut off: chain-sync treats it as a reorg`);
}

/**
 * A restarted chain can tell the contracts' state from the restart on alone, and `finalized` lies two blocks back: so
 * many new blocks, and everything that is asked can be answered.
 */
export async function passFinality(rpcUrl: string): Promise<void> {
  await rpc(rpcUrl, "anvil_mine", ["0x3"]);
}

async function readCursor(databaseUrl: string, chainId: number): Promise<Cursor | undefined> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ contract: string; block_number: string }>(
      "SELECT contract, block_number FROM vigia.chain_cursors WHERE chain_id = $1 ORDER BY updated_at DESC LIMIT 1",
      [chainId],
    );
    return rows[0] && { contract: rows[0].contract, block: Number(rows[0].block_number) };
  } finally {
    await client.end();
  }
}

async function rpc(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (answer.result === undefined) throw new Error(`${method}: ${answer.error?.message ?? "no result"}`);
  return answer.result;
}
