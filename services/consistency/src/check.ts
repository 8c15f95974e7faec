import type { Severity } from "@vigia/messages";
import type { Among } from "./among.ts";
import type { Heal } from "./heal/heal.ts";
import type { Sql } from "./sql.ts";

/**
 * What a finding is on. Ids are readable: an escrow is its chain, contract and id, a contract its chain and address, a
 * log its chain, block and place there, an event a contract and its first topic, an endpoint its chain and host.
 */
export const ENTITY_TYPES = [
  "order",
  "escrow",
  "dispute",
  "contract",
  "endpoint",
  "event",
  "log",
  "transaction",
  "service",
  "consumer",
  "task",
  "check",
] as const;

export type EntityType = (typeof ENTITY_TYPES)[number];

/** When a check looks. */
export interface Moment {
  /** The instant of the snapshot, by the database's clock. */
  readonly now: Date;
  /** `now` less the check's own grace: what has lasted since then is a violation. */
  readonly settled: Date;
  /**
   * The trades to look at. A query that asks for them finds, of those that did not change, nothing: what time alone
   * brings on is for queries that do not ask, or that give `since`.
   */
  readonly among: Among;
}

/** One kind of violation: how bad it is, and what follows from it. */
export interface CheckFacts {
  readonly code: string;
  readonly severity: Severity;
  /** One sentence, without its full stop, about one entity: it is what people read. */
  readonly meaning: string;
  /** What comes of it where nobody acts. */
  readonly why: string;
  /** What whoever is woken by it should do. */
  readonly remedy: string;
  readonly entityType: EntityType;
  /**
   * How long a violation must last before it is one: 0 for at once; "following" where the marketplace and the chain
   * may differ while one follows the other, for as long as `CONSISTENCY_GRACE_SECONDS` says. That grace delays only
   * the opening of an issue: one that is open does not end because something touched its row.
   */
  readonly graceSeconds: number | "following";
  /** The checks whose findings on the same trade follow from this one. */
  readonly inhibits: readonly string[];
  /** Runs in the deep check alone: its cost grows with all that ever happened. */
  readonly deep?: true;
  /** How its findings can be mended without a person. */
  readonly heal?: Heal;
}

/** A kind of violation that the tables tell. */
export interface Check extends CheckFacts {
  /**
   * Gives `entity_id` and `evidence`, a JSON object, for each entity in violation and for no other. Evidence holds
   * nothing that changes while the violation stays the same, such as its age; `orderId` says which trade it is about.
   * With the grace "following", or `givesSince`, it also gives `since`, the instant from which the grace counts.
   */
  readonly query: (moment: Moment) => Sql;
  /** Its query finds also what is younger than its grace, and says since when it is so. */
  readonly givesSince?: true;
  /** When the query is given up, which is a finding; unless set, the database's own limit holds. */
  readonly timeLimitSeconds?: number;
}

/** How a run of the checks went. */
export interface RunOutcome {
  /** The checks that did not run to their end, each with the reason. */
  readonly incomplete: ReadonlyMap<string, string>;
  /** Whether the violation that was planted for this run was found in it. */
  readonly canaryFound: boolean;
  /** Why the replica, where there is one, was not read. */
  readonly replicaUnread?: string | undefined;
}

/** A kind of violation that the run itself is in. */
export interface RunCheck extends CheckFacts {
  readonly judge: (run: RunOutcome) => readonly { entityId: string; evidence: Readonly<Record<string, unknown>> }[];
}
