import type { Case } from "./case.ts";
import { chain } from "./chain.ts";
import { disputes } from "./disputes.ts";
import { hygiene } from "./hygiene.ts";
import { orderEscrow } from "./order-escrow.ts";
import { own } from "./own.ts";
import { timers } from "./timers.ts";

/** In the order of the checks. */
export const CASES: readonly Case[] = [...orderEscrow, ...timers, ...disputes, ...chain, ...hygiene, ...own];
