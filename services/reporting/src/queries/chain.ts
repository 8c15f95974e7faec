import type { Queryable } from "@vigia/database";
import { ESCROW_STATUSES } from "@vigia/messages";
import type { ChainAnswer, ChainCursor } from "../answers.ts";
import { countDetections, listResyncs } from "./chain-events.ts";
import { listEndpoints } from "./endpoints.ts";
import { listEvents } from "./events.ts";

const RECENT = 5;
export const DETECTED_WITHIN_DAYS = 7;

export async function describeChain(sql: Queryable): Promise<ChainAnswer> {
  const recent = async (subject: string) => (await listEvents(sql, { subject, limit: RECENT })).events;
  return {
    chains: await listCursors(sql),
    endpoints: await listEndpoints(sql, DETECTED_WITHIN_DAYS),
    detections: await countDetections(sql, DETECTED_WITHIN_DAYS),
    resyncs: await listResyncs(sql, DETECTED_WITHIN_DAYS, RECENT),
    escrows: await countEscrows(sql),
    reorgs: await recent("vigia.event.chain.reorged"),
    drifts: await recent("vigia.event.chain.drifted"),
  };
}

/** A handful of rows, one a contract. */
export async function listCursors(sql: Queryable): Promise<readonly ChainCursor[]> {
  const { rows } = await sql.query<ChainCursor>(
    `SELECT chain_id AS "chainId", contract, block_number AS "cursorBlock", head_number AS "headBlock",
            lag_blocks AS "lagBlocks", updated_at AS "syncedAt"
       FROM vigia.chain_cursors ORDER BY chain_id, contract`,
  );
  return rows;
}

/** In the order in which an escrow goes through them. Reads the index `escrows_status` alone. */
async function countEscrows(sql: Queryable): Promise<ChainAnswer["escrows"]> {
  const { rows } = await sql.query<ChainAnswer["escrows"][number]>(
    `SELECT status, count(*) AS count FROM vigia.escrows
      GROUP BY status ORDER BY array_position($1::text[], status)`,
    [ESCROW_STATUSES],
  );
  return rows;
}
