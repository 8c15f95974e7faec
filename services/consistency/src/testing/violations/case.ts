import type { Marketplace } from "../marketplace.ts";

/** One way in which a check finds something: its clean twin, and its violation: the same but for what the check is about. */
export interface Case {
  readonly code: string;
  /** Which of several ways, where a check has more than one. */
  readonly way?: string;
  readonly clean: (market: Marketplace) => Promise<unknown>;
  /** Gives the entity that must be reported, and nothing else. */
  readonly violate: (market: Marketplace) => Promise<string>;
}
