import type { Header } from "./block.ts";
import { RpcError, type Untruth } from "./error.ts";
import type { Survey } from "./reader.ts";

/** A block that we believe in; its hash is `null` where nothing is known yet. */
export interface KnownBlock {
  readonly number: number;
  readonly hash: string | null;
}

/** What several endpoints agree on. What is final is theirs to claim, each for itself. */
export type AgreedSurvey = Omit<Survey, "finalized">;

/** What one endpoint says. */
export interface Vote<E> {
  readonly endpoint: E;
  readonly survey: Survey;
}

export interface OutOfStep<E> {
  readonly endpoint: E;
  readonly untruth: Untruth;
  readonly message: string;
}

export interface Agreement<E> {
  readonly agreed: AgreedSurvey;
  readonly outOfStep: readonly OutOfStep<E>[];
}

/** Endpoints are never quite at the same block; so far apart, one of them is wrong, or has stopped. */
const IN_STEP_BLOCKS = 10;

/**
 * What several endpoints of our chain agree on. The head is the highest that a second one has reached, so that neither
 * one that runs ahead nor one that lags decides. The known block stands where any endpoint has it; that it was replaced
 * is believed where two say so, or the only one that answers. Throws `RpcError` (`behind`) where it cannot be told yet.
 */
export function agree<E>(votes: readonly Vote<E>[], known: KnownBlock): Agreement<E> {
  const [highest, second] = votes.toSorted((one, other) => other.survey.head.number - one.survey.head.number);
  if (!highest) throw new RpcError("behind", "every endpoint stands still");
  const chosen = second ?? highest;
  const headNumber = chosen.survey.head.number;
  const outOfStep = votes.flatMap((vote) => headMismatch(vote, headNumber));
  const isShort = highest.survey.head.number < known.number;
  if (known.hash === null || isShort) return { agreed: chosen.survey, outOfStep };

  const { at, dissenters } = knownBlock(votes, known);
  // Whoever is alone beyond the known block says nothing that counts, but the known block stands.
  const head = headNumber < known.number ? at : chosen.survey.head;
  return { agreed: { ...chosen.survey, head, at }, outOfStep: [...outOfStep, ...dissenters] };
}

function headMismatch<E>({ endpoint, survey: { head } }: Vote<E>, agreed: number): OutOfStep<E>[] {
  if (head.number > agreed + IN_STEP_BLOCKS) {
    const message = `its head is block ${head.number}; no other endpoint is beyond block ${agreed}`;
    return [{ endpoint, untruth: "head_ahead", message }];
  }
  if (head.number < agreed - IN_STEP_BLOCKS) {
    const message = `its head is block ${head.number}; the others are at block ${agreed}`;
    return [{ endpoint, untruth: "stale_head", message }];
  }
  return [];
}

function knownBlock<E>(votes: readonly Vote<E>[], known: KnownBlock): { at: Header; dissenters: OutOfStep<E>[] } {
  const able = votes.flatMap(({ endpoint, survey: { at } }) => (at ? [{ endpoint, at }] : []));
  const standing = able.find(({ at }) => at.hash === known.hash);
  if (standing) {
    const message = `it has another block ${known.number} than an endpoint that still has ours`;
    const dissenters = able
      .filter(({ at }) => at.hash !== known.hash)
      .map(({ endpoint }) => ({ endpoint, untruth: "fork_unconfirmed" as const, message }));
    return { at: standing.at, dissenters };
  }
  const [witness] = able;
  const confirmed = able.find((each) => each !== witness && each.at.hash === witness?.at.hash);
  if (!witness || (votes.length > 1 && !confirmed)) {
    throw new RpcError(
      "behind",
      `an endpoint has another block ${known.number} than ours, and no second one confirms it`,
      {
        untruth: "fork_unconfirmed",
      },
    );
  }
  return { at: witness.at, dissenters: [] };
}
