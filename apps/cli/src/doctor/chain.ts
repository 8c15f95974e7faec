import { createChainReader, createRpcClient, RpcError, type Survey } from "@vigia/chain";
import type { Session } from "../session.ts";
import { readChainSetting } from "../settings.ts";
import type { Examined, Finding } from "./finding.ts";
import type { KnownChain } from "./postgres.ts";

const TIMEOUT_MS = 5_000;
/** Endpoints are never quite at the same block; so far apart, one of them lags. */
const BEHIND_BLOCKS = 10;
const SHOWS_PROVIDER = "vigia logs chain-sync --level warn";

interface Answer {
  readonly endpoint: string;
  readonly survey?: Survey;
  readonly problem?: string;
}

/** The chain's endpoints, where this terminal is told of them: each must answer, be of the chain, and keep up. */
export async function examineChain(session: Session, known: readonly KnownChain[]): Promise<Examined> {
  const setting = await readChainSetting(session);
  if (!setting) {
    const facts = ["CHAIN_ID and CHAIN_RPC_URL are not set here; chain-sync tells of its endpoints"];
    return { part: "chain", state: "unseen", facts, findings: [] };
  }
  const { chainId, urls } = setting;
  const answers = await Promise.all(urls.map(ask));
  const heads = answers.flatMap(({ survey }) => (survey?.chainId === chainId ? [survey.head.number] : []));
  const followed = known.find((chain) => chain.chainId === chainId);
  const highest = Math.max(0, followed?.headBlock ?? 0, ...heads);
  const isAnyRight = heads.length > 0;
  return {
    part: "chain",
    state: isAnyRight || answers.some(({ survey }) => survey) ? "seen" : "away",
    facts: [`chain ${chainId}`, ...answers.map(factOf)],
    findings: [
      ...answers.flatMap((answer) => findingsOn(answer, { chainId, highest, isAnyRight })),
      ...foreign(known, chainId),
    ],
  };
}

async function ask(url: string): Promise<Answer> {
  const endpoint = new URL(url).host;
  try {
    const reader = createChainReader(createRpcClient({ url, timeoutMs: TIMEOUT_MS, tries: 1 }));
    return { endpoint, survey: await reader.survey(0, AbortSignal.timeout(TIMEOUT_MS)) };
  } catch (error) {
    // What an endpoint says may hold its own URL, and with it a key.
    const problem = error instanceof RpcError ? error.problem : `no answer within ${TIMEOUT_MS / 1_000} s`;
    return { endpoint, problem };
  }
}

function factOf({ endpoint, survey, problem }: Answer): string {
  return survey ? `${endpoint} at block ${survey.head.number}` : `${endpoint}: ${problem}`;
}

function findingsOn(
  { endpoint, survey, problem }: Answer,
  { chainId, highest, isAnyRight }: { chainId: number; highest: number; isAnyRight: boolean },
): Finding[] {
  const level = isAnyRight ? "warning" : "critical";
  if (!survey) {
    return [
      {
        level,
        what: `The endpoint ${endpoint} gives no right answer (${problem}).`,
        why: isAnyRight ? "The others are asked in its place." : "No block is read until one answers.",
        command: `${SHOWS_PROVIDER}   # is CHAIN_RPC_URL or RPC_URLS right, and its key still good?`,
      },
    ];
  }
  if (survey.chainId !== chainId) {
    return [
      {
        level: "critical",
        what: `The endpoint ${endpoint} is of chain ${survey.chainId}, not of ${chainId}.`,
        why: "It is not believed: nothing is read from it.",
        command: "Set CHAIN_RPC_URL and RPC_URLS to endpoints of the chain that CHAIN_ID names, and restart chain-sync",
      },
    ];
  }
  const behind = highest - survey.head.number;
  if (behind <= BEHIND_BLOCKS) return [];
  return [
    {
      level: "warning",
      what: `The endpoint ${endpoint} is at block ${survey.head.number}, ${behind} blocks behind what is known of the chain.`,
      why: "Orders follow their escrows late where it is asked alone.",
      command: `${SHOWS_PROVIDER}   # add another endpoint: RPC_URLS`,
    },
  ];
}

function foreign(known: readonly KnownChain[], chainId: number): Finding[] {
  const others = known.filter((chain) => chain.chainId !== chainId);
  if (others.length === 0) return [];
  return [
    {
      level: "warning",
      what: `The database follows chain ${others.map((chain) => chain.chainId).join(", ")}, and CHAIN_ID is ${chainId}.`,
      why: "Either this terminal's settings are of another installation, or a chain is followed no more.",
      command: "vigia status   # which database and which chains these are",
    },
  ];
}
