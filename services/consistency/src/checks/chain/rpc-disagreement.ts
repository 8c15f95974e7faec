import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { untruthfulEndpoints } from "./endpoint-untruths.ts";

/** On the chain's newest blocks nodes may differ, but not for so long. */
const FORK_SETTLES_SECONDS = 600;

export const rpcDisagreement: Check = {
  code: "RPC_DISAGREEMENT",
  severity: "high",
  meaning:
    "what the endpoint says of a block or of the contract's state contradicts the chain's headers, or the other endpoints",
  why: "Its answers are not believed. Where it is the only endpoint, nothing is followed meanwhile.",
  remedy:
    "See chain-sync's log for what it said; of two that are named with the same state, one is right. Ask its provider; put another endpoint into `RPC_URLS`.",
  entityType: "endpoint",
  graceSeconds: 0,
  inhibits: [],
  query: ({ now }) =>
    untruthfulEndpoints(
      now,
      sql`u.kind <> 'other_chain'
          AND (u.kind <> 'fork_unconfirmed' OR u.last_at - u.first_at >= make_interval(secs => ${FORK_SETTLES_SECONDS}))`,
    ),
};
