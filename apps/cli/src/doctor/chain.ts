import { createChainReader, createRpcClient, RpcError, type Survey } from "@vigia/chain";
import type { Session } from "../session.ts";
import { type ChainSetting, readChainSettings } from "../settings.ts";
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

/** The chains' endpoints, where this terminal is told of them: each must answer, be of its chain, and keep up. */
export async function examineChain(session: Session, known: readonly KnownChain[]): Promise<Examined> {
  const settings = await readChainSettings(session);
  if (settings.length === 0) {
    const facts = ["CHAIN_ID and CHAIN_RPC_URL are not set here; chain-sync tells of its endpoints"];
    return { part: "chain", state: "unseen", facts, findings: [] };
  }
  const chains = await Promise.all(settings.map((setting) => examineOne(setting, known)));
  return {
    part: "chain",
    state: chains.some(({ isSeen }) => isSeen) ? "seen" : "away",
    facts: chains.flatMap(({ facts }) => facts),
    findings: [...chains.flatMap(({ findings }) => findings), ...foreign(known, settings)],
  };
}

async function examineOne({ chainId, urls }: ChainSetting, known: readonly KnownChain[]) {
  const answers = await Promise.all(urls.map(ask));
  const heads = answers.flatMap(({ survey }) => (survey?.chainId === chainId ? [survey.head.number] : []));
  const followed = known.find((chain) => chain.chainId === chainId);
  const highest = Math.max(0, followed?.headBlock ?? 0, ...heads);
  const isAnyRight = heads.length > 0;
  return {
    isSeen: answers.some(({ survey }) => survey),
    facts: [`chain ${chainId}`, ...answers.map(factOf)],
    findings: answers.flatMap((answer) => findingsOn(answer, { chainId, highest, isAnyRight })),
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

function foreign(known: readonly KnownChain[], settings: readonly ChainSetting[]): Finding[] {
  const set = settings.map(({ chainId }) => chainId);
  const others = known.filter(({ chainId }) => !set.includes(chainId));
  if (others.length === 0) return [];
  return [
    {
      level: "warning",
      what: `The database follows chain ${others.map((chain) => chain.chainId).join(", ")}, and ${set.length > 1 ? `the settings name ${set.join(" and ")}` : `CHAIN_ID is ${set[0]}`}.`,
      why: "Either this terminal's settings are of another installation, or a chain is followed no more.",
      command: "vigia status   # which database and which chains these are",
    },
  ];
}
