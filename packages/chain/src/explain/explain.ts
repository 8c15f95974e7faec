import type { ChainLog } from "@vigia/database";
import { type EscrowStatus, mayEscrowBecome } from "@vigia/messages";
import { type FoldedEscrow, foldEscrow, groupByEscrow } from "../profile/fold.ts";
import type { Profile } from "../profile/profile.ts";

/** So many examples are enough to look into something. */
const EXAMPLES = 5;

export interface Place {
  readonly blockNumber: number;
  readonly logIndex: number;
  readonly transactionHash: string;
}

/** A kind of thing that was found, how often, and the first places of it. */
export interface Finding {
  readonly what: string;
  readonly count: number;
  readonly examples: readonly (Place & { readonly escrowId: string | null })[];
}

/** What a profile makes of a contract's logs. */
export interface Explanation {
  readonly logs: number;
  /** Every event of the profile, also one that no log told, with the number of its logs. */
  readonly events: readonly { readonly event: string; readonly logs: number }[];
  /** Logs that the profile cannot read, by first topic. */
  readonly undecoded: readonly Finding[];
  /** Logs whose escrow another event should have named, and none did; by event. */
  readonly unlinked: readonly Finding[];
  /** Logs of escrows that no event creates, by event. */
  readonly uncreated: readonly Finding[];
  /** Steps that the escrow's state machine forbids, as in `released → funded`. */
  readonly illegal: readonly Finding[];
  readonly escrows: number;
  readonly escrowIds: readonly string[];
  /** How many escrows each state was reached by in the end. */
  readonly statuses: Readonly<Partial<Record<EscrowStatus, number>>>;
  readonly folded: readonly FoldedEscrow[];
  /** The log that created each escrow, by its id. */
  readonly creations: ReadonlyMap<string, ChainLog>;
}

/** Does with these logs what the sync would do, and says what it finds. The logs are in the order of the chain. */
export function explainLogs(profile: Profile, given: readonly ChainLog[]): Explanation {
  const logs = resolveLinks(profile, given);
  const counts = new Map([...profile.rules.keys()].map((event) => [event, 0]));
  const undecoded = createFindings();
  const unlinked = createFindings();
  const uncreated = createFindings();
  const illegal = createFindings();
  for (const log of logs) {
    if (log.event.startsWith("0x")) undecoded.add(log.event, log);
    else counts.set(log.event, (counts.get(log.event) ?? 0) + 1);
    if (log.escrowId === null && log.linkKey !== null) unlinked.add(log.event, log);
  }
  const folded: FoldedEscrow[] = [];
  const creations = new Map<string, ChainLog>();
  const statuses: Partial<Record<EscrowStatus, number>> = {};
  for (const [escrowId, own] of groupByEscrow(logs)) {
    const escrow = foldEscrow(profile.rules, own);
    if (!escrow) {
      for (const log of own) uncreated.add(log.event, log);
      continue;
    }
    folded.push(escrow);
    const creation = own.find(({ event }) => profile.creating.includes(event));
    if (creation) creations.set(escrowId, creation);
    statuses[escrow.facts.status] = (statuses[escrow.facts.status] ?? 0) + 1;
    for (const step of escrow.steps) {
      if (step.fromStatus === null || mayEscrowBecome(step.fromStatus, step.toStatus)) continue;
      const log = own.find((each) => each.blockNumber === step.blockNumber && each.logIndex === step.logIndex);
      if (log) illegal.add(`${step.fromStatus} → ${step.toStatus} (${log.event})`, log);
    }
  }
  return {
    logs: logs.length,
    events: [...counts].map(([event, count]) => ({ event, logs: count })),
    undecoded: undecoded.all(),
    unlinked: unlinked.all(),
    uncreated: uncreated.all(),
    illegal: illegal.all(),
    escrows: folded.length,
    escrowIds: folded.slice(0, EXAMPLES).map(({ facts }) => facts.escrowId),
    statuses,
    folded,
    creations,
  };
}

/** Names the escrows of logs whose escrow another log names: the first that told it decides. */
function resolveLinks({ linksOf }: Profile, logs: readonly ChainLog[]): readonly ChainLog[] {
  if (!linksOf) return logs;
  const escrows = new Map<string, string>();
  for (const { link, key, value } of logs.flatMap(linksOf)) {
    if (link === "escrow" && !escrows.has(key)) escrows.set(key, value);
  }
  return logs.map((log) => (log.linkKey === null ? log : { ...log, escrowId: escrows.get(log.linkKey) ?? null }));
}

function createFindings(): { add(what: string, log: ChainLog): void; all(): Finding[] } {
  const found = new Map<string, { count: number; examples: Finding["examples"][number][] }>();
  return {
    add(what, { blockNumber, logIndex, transactionHash, escrowId }) {
      const finding = found.get(what) ?? { count: 0, examples: [] };
      finding.count += 1;
      if (finding.examples.length < EXAMPLES) {
        finding.examples.push({ escrowId, blockNumber, logIndex, transactionHash });
      }
      found.set(what, finding);
    },
    all: () => [...found].map(([what, finding]) => ({ what, ...finding })),
  };
}
