import { setTimeout as sleep } from "node:timers/promises";
import type { Header } from "./block.ts";
import type { Endpoint } from "./endpoint.ts";
import { createHealth, type Health } from "./endpoint-health.ts";
import { isPassing, RpcError, type RpcProblem, type Untruth } from "./error.ts";
import { createRangeSize, type LearntRange } from "./range-size.ts";
import type { ChainReader } from "./reader.ts";
import { type AgreedSurvey, agree, type KnownBlock, type Vote } from "./survey.ts";

/** What is counted: what was wrong with an answer, or why there was none. */
export type ProblemKind = Untruth | RpcProblem;

export interface EndpointsOptions {
  readonly chainId: number;
  readonly onProblem?: (endpoint: string, kind: ProblemKind, message: string) => void;
  /** The most blocks that an endpoint takes in one range, where it was learnt just now. */
  readonly onLimit?: (endpoint: string, blocks: number) => void;
  readonly onHealth?: (endpoint: string, status: "degraded" | "recovered", reason: string) => void;
}

export interface NamedReader {
  readonly name: string;
  readonly reader: ChainReader;
  /** What was learnt of its limits before. */
  readonly learnt?: LearntRange | undefined;
}

/** What one endpoint says is final: nothing up to this block is ever replaced. */
export interface FinalityClaim {
  readonly endpoint: Endpoint;
  readonly block: Header;
  /** What it said at the survey before. */
  readonly before: Header | undefined;
  /** Of the endpoint itself. */
  readonly headNumber: number;
}

export interface EndpointsSurvey extends AgreedSurvey {
  /** Of the endpoints that serve our chain, go with the time, and know of finality. */
  readonly claims: readonly FinalityClaim[];
}

/** The endpoints of one chain: each tells its view, and none is believed without proof. */
export interface Endpoints {
  readonly all: readonly Endpoint[];
  /**
   * The chain as the endpoints agree it is just now. `known` is the block that we believe in; with several endpoints, it
   * takes two to say that it is gone. The chain's id is another than ours only where no endpoint serves ours.
   */
  survey(known: KnownBlock, signal?: AbortSignal): Promise<EndpointsSurvey>;
  /**
   * Works with one endpoint after the other until one can do it; with none that serves another chain. Throws what says
   * most about why none could.
   */
  attempt<T>(work: (endpoint: Endpoint) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /**
   * Works with another endpoint of our chain than this one (the one that is asked first, unless told), for a second word;
   * `undefined` where none can do it now.
   */
  besides<T>(
    than: Endpoint | undefined,
    work: (other: Endpoint) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T | undefined>;
}

/** Rounds through all endpoints, where an answer was wrong or early: the next one may be right. */
const ROUNDS = 3;
const FIRST_PAUSE_MS = 250;

type Work<T> = (endpoint: Endpoint) => Promise<T>;

interface Tried<T> {
  readonly done: { readonly result: T } | undefined;
  /** Of the endpoints of our chain that could not do it. */
  readonly errors: readonly RpcError[];
}

interface Member extends Endpoint {
  readonly health: Health;
  /** What it said that it serves; asked anew after each failure, as another node may be there then. */
  chainId: number | undefined;
  /** What it last said was final. */
  finalized: Header | undefined;
}

export function createEndpoints(readers: readonly NamedReader[], options: EndpointsOptions): Endpoints {
  const { chainId } = options;
  const members = readers.map(({ name, reader, learnt }): Member => {
    const health = createHealth((status, reason) => options.onHealth?.(name, status, reason));
    const report = (untruth: Untruth, message: string) => {
      options.onProblem?.(name, untruth, message);
      health.lied(message);
    };
    return {
      name,
      reader,
      ranges: createRangeSize(learnt, (limit) => options.onLimit?.(name, limit)),
      health,
      report,
      chainId: undefined,
      finalized: undefined,
    };
  });
  const count = ({ name }: Member, kind: ProblemKind, message: string) => options.onProblem?.(name, kind, message);
  const note = (member: Member, error: RpcError): void => {
    count(member, error.untruth ?? error.problem, error.message);
    member.health.failed(error);
    if (isPassing(error)) member.chainId = undefined;
  };
  async function tryEach<T>(
    some: readonly Member[],
    work: Work<T>,
    signal: AbortSignal | undefined,
  ): Promise<Tried<T>> {
    const errors: RpcError[] = [];
    for (const member of some) {
      if (member.chainId !== undefined && member.chainId !== chainId) continue;
      try {
        await proveOurs(member, chainId, signal);
        const result = await work(member);
        member.health.succeeded();
        return { done: { result }, errors };
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof RpcError)) throw error;
        note(member, error);
        if (error.untruth !== "other_chain") errors.push(error);
      }
    }
    return { done: undefined, errors };
  }

  return {
    all: members,
    async survey(known, signal) {
      for (let round = 1; ; round++) {
        try {
          return await survey(members, chainId, known, note, count, signal);
        } catch (error) {
          if (!(error instanceof RpcError) || !maySettle(error) || round === ROUNDS) throw error;
          await pause(round, signal);
        }
      }
    },
    async attempt(work, signal) {
      for (let round = 1; ; round++) {
        const { done, errors } = await tryEach(byHealth(members), work, signal);
        if (done) return done.result;
        const worst = errors.length > 0 ? mostTelling(errors) : otherChain(`no endpoint serves chain ${chainId}`);
        if (!errors.some(maySettle) || round === ROUNDS) throw worst;
        await pause(round, signal);
      }
    },
    async besides(than, work, signal) {
      const ranked = byHealth(members);
      const others = ranked.filter((member) => member !== (than ?? ranked[0]));
      return (await tryEach(others, work, signal)).done?.result;
    },
  };
}

/** What is read without a block to follow from is bound to our chain by nothing else. */
async function proveOurs(member: Member, chainId: number, signal: AbortSignal | undefined): Promise<void> {
  if (member.chainId === chainId) return;
  member.chainId = await member.reader.chainId(signal);
  if (member.chainId !== chainId) throw otherChain(`it serves chain ${member.chainId}, not ${chainId}`);
}

function otherChain(message: string): RpcError {
  return new RpcError("untrue", message, { untruth: "other_chain" });
}

async function survey(
  members: readonly Member[],
  chainId: number,
  known: KnownBlock,
  note: (member: Member, error: RpcError) => void,
  count: (member: Member, kind: ProblemKind, message: string) => void,
  signal: AbortSignal | undefined,
): Promise<EndpointsSurvey> {
  const errors: RpcError[] = [];
  const votes = await Promise.all(
    members.map(async (member): Promise<Vote<Member> | undefined> => {
      try {
        const seen = await member.reader.survey(known.number, signal);
        member.chainId = seen.chainId;
        return { endpoint: member, survey: seen };
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof RpcError)) throw error;
        note(member, error);
        errors.push(error);
        return undefined;
      }
    }),
  );
  const given = votes.filter((vote) => vote !== undefined);
  const ours = given.filter((vote) => vote.survey.chainId === chainId);
  for (const { endpoint, survey: foreign } of given) {
    if (foreign.chainId !== chainId)
      endpoint.report("other_chain", `it serves chain ${foreign.chainId}, not ${chainId}`);
  }
  const [first] = given;
  if (!first) throw mostTelling(errors);
  // An endpoint of ours may be away just now: only where all answer, and none is ours, is the setting wrong.
  if (ours.length === 0 && errors.length > 0) throw mostTelling(errors);
  if (ours.length === 0) return { ...first.survey, claims: [] };
  const now = Date.now();
  for (const { endpoint, survey: seen } of ours) endpoint.health.sawHead(seen.head.number, now);
  const fresh = ours.filter(({ endpoint }) => !endpoint.health.isStale(highestOf(ours), now));
  const { agreed, outOfStep } = agree(fresh, known);
  for (const { endpoint, untruth, message } of outOfStep) count(endpoint, untruth, message);
  for (const { endpoint } of ours) endpoint.health.inStep = !outOfStep.some((vote) => vote.endpoint === endpoint);
  return { ...agreed, claims: fresh.flatMap(claimOf) };
}

function claimOf({ endpoint, survey: { head, finalized } }: Vote<Member>): FinalityClaim[] {
  if (!finalized) return [];
  const before = endpoint.finalized;
  endpoint.finalized = finalized;
  return [{ endpoint, block: finalized, before, headNumber: head.number }];
}

function highestOf(votes: readonly Vote<Member>[]): number {
  return Math.max(...votes.map((vote) => vote.survey.head.number));
}

/** Those that are well first, in the order of the configuration; those that are not are still tried, last. */
function byHealth(members: readonly Member[]): Member[] {
  const now = Date.now();
  return members.toSorted((one, other) => one.health.rank(now) - other.health.rank(now));
}

const BY_TELLING: readonly RpcProblem[] = ["forked", "untrue", "behind", "range", "refused", "busy", "unreachable"];

function mostTelling(errors: readonly RpcError[]): RpcError {
  const sorted = errors.toSorted((one, other) => BY_TELLING.indexOf(one.problem) - BY_TELLING.indexOf(other.problem));
  return sorted[0] ?? new RpcError("unreachable", "there is no endpoint");
}

/** The same endpoint may answer rightly in a moment. A fork is looked at anew by whoever asked. */
function maySettle({ problem }: RpcError): boolean {
  return problem === "behind" || problem === "untrue";
}

function pause(round: number, signal: AbortSignal | undefined): Promise<void> {
  return sleep(FIRST_PAUSE_MS * 2 ** (round - 1), undefined, signal ? { signal } : {});
}
