import { setTimeout as sleep } from "node:timers/promises";
import { type AnsweredError, isPassing, RpcError } from "./error.ts";
import { createPace } from "./pace.ts";
import { blockLimitOf, problemOf } from "./provider-words.ts";

export interface RpcRequest {
  readonly method: string;
  readonly params: readonly unknown[];
  /** Whatever the node objects to it stands among the answers of `askEach`, and keeps nothing else from being answered. */
  readonly mayFail?: boolean;
}

export interface RpcClient {
  /** The answers in the order of the requests. Throws `RpcError` where one of them is an error. */
  ask(requests: readonly RpcRequest[], signal?: AbortSignal): Promise<unknown[]>;
  /** As `ask`, but what the node refuses stands as an `RpcError` among the answers. */
  askEach(requests: readonly RpcRequest[], signal?: AbortSignal): Promise<unknown[]>;
}

export interface RpcClientOptions {
  readonly url: string;
  /** Of one HTTP exchange. */
  readonly timeoutMs?: number;
  /** Of passing failures, the first try included. */
  readonly tries?: number;
  /** The endpoint's budget; each request of a batch counts. No limit unless told. */
  readonly requestsPerSecond?: number | undefined;
}

const TIMEOUT_MS = 20_000;
const TRIES = 4;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** Requests in one HTTP exchange: more makes answers that are slow to build and slow to parse. */
const BATCH = 100;
/** Exchanges under way at a time. */
const PARALLEL = 4;

/** JSON-RPC over HTTP: batched, with time limits, asked again where the failure may pass. Keeps connections alive. */
export function createRpcClient(options: RpcClientOptions): RpcClient {
  const { timeoutMs = TIMEOUT_MS, tries = TRIES, requestsPerSecond } = options;
  const endpoint = endpointOf(options.url);
  const pace = createPace(requestsPerSecond);
  // Some providers refuse batches: learnt once, kept for good.
  let batch = Math.min(BATCH, requestsPerSecond ?? BATCH);

  async function exchange(requests: readonly RpcRequest[], signal: AbortSignal | undefined): Promise<unknown[]> {
    await pace(requests.length, signal);
    const body = requests.map(({ method, params }, id) => ({ jsonrpc: "2.0", id, method, params }));
    let answer: unknown;
    try {
      answer = await post(endpoint, body.length === 1 ? body[0] : body, timeoutMs, signal);
    } catch (error) {
      if (!(error instanceof RpcError) || error.problem !== "refused") throw error;
      if (requests.length > 1) return singly(requests, signal);
      if (requests[0]?.mayFail) return [error];
      throw error;
    }
    const answers = Array.isArray(answer) ? answer : [answer];
    if (answers.length === 1 && requests.length > 1) {
      const objection = objectionOf(answers[0]);
      if (objection && objection.problem !== "refused") throw objection;
      return singly(requests, signal);
    }
    const ordered = inOrder(requests, answers);
    // What may pass, or asks for less, is for the whole exchange.
    const failed = ordered.find((each, index) => each instanceof RpcError && !mayStand(each, requests[index]));
    if (failed) throw failed;
    return ordered;
  }

  /** What the endpoint refused as a batch. Where it takes the parts, it is asked for no batch any more. */
  async function singly(requests: readonly RpcRequest[], signal: AbortSignal | undefined): Promise<unknown[]> {
    const before = batch;
    batch = 1;
    try {
      return await askAll(requests, signal);
    } catch (error) {
      batch = before;
      throw error;
    }
  }

  async function patiently(requests: readonly RpcRequest[], signal: AbortSignal | undefined): Promise<unknown[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await exchange(requests, signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof RpcError) || !isPassing(error) || attempt >= tries) throw error;
        const pauseMs = error.retryAfterMs ?? Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
        // To ask before the time that it names would only prolong it: another endpoint may be asked meanwhile.
        if (pauseMs > LONGEST_PAUSE_MS) throw error;
        await sleep(pauseMs, undefined, signal ? { signal } : {});
      }
    }
  }

  async function askAll(requests: readonly RpcRequest[], signal: AbortSignal | undefined): Promise<unknown[]> {
    const size = batch;
    const answers: unknown[] = [];
    for (let start = 0; start < requests.length; start += size * PARALLEL) {
      const wave = requests.slice(start, start + size * PARALLEL);
      const parts = Array.from({ length: Math.ceil(wave.length / size) }, (_, part) =>
        patiently(wave.slice(part * size, (part + 1) * size), signal),
      );
      answers.push(...(await Promise.all(parts)).flat());
    }
    return answers;
  }

  return {
    askEach: askAll,
    async ask(requests, signal) {
      const answers = await askAll(requests, signal);
      const refused = answers.find((answer) => answer instanceof RpcError);
      if (refused) throw refused;
      return answers;
    },
  };
}

/** Whether the other answers of the exchange hold without this one. */
function mayStand(error: RpcError, request: RpcRequest | undefined): boolean {
  return error.problem === "refused" || (request?.mayFail === true && !isPassing(error));
}

interface Endpoint {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** `fetch` takes no user and password in a URL: they go into a header. */
function endpointOf(text: string): Endpoint {
  const url = new URL(text);
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (url.username || url.password) {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers.authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
    url.username = "";
    url.password = "";
  }
  return { url, headers };
}

async function post(
  { url, headers }: Endpoint,
  body: unknown,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const limit = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    text = await response.text();
  } catch (cause) {
    throw new RpcError("unreachable", `the endpoint does not answer: ${reasonOf(cause)}`, { cause });
  }
  const answer = parse(text);
  // Many providers send a JSON-RPC error with a status of 4xx or 5xx: it says more than the status.
  if (answer === undefined || response.status === 429 || !(response.ok || isAnswer(answer))) throw refusalOf(response);
  return answer;
}

function refusalOf(response: Response): RpcError {
  const { status } = response;
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const wait = Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {};
  if (status === 429) return new RpcError("busy", "the endpoint allows no more requests now (HTTP 429)", wait);
  if (status === 413) return new RpcError("range", "the answer is too large for the endpoint (HTTP 413)");
  if (status >= 500) return new RpcError("unreachable", `the endpoint failed with HTTP ${status}`, wait);
  if (response.ok) return new RpcError("unreachable", "the endpoint's answer is not JSON");
  return new RpcError("refused", `the endpoint refused with HTTP ${status}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Answer {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: AnsweredError;
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === "object" && value !== null && ("result" in value || "error" in value || Array.isArray(value));
}

function inOrder(requests: readonly RpcRequest[], answers: readonly unknown[]): unknown[] {
  const byId = new Map<unknown, Answer>();
  for (const answer of answers) if (isAnswer(answer)) byId.set(answer.id, answer);
  return requests.map(({ method }, id) => {
    const answer = byId.get(id);
    if (!answer) throw new RpcError("unreachable", `the endpoint left out the answer to ${method}`);
    return answer.error ? errorOf(answer.error, method) : answer.result;
  });
}

function errorOf(error: AnsweredError, method: string): RpcError {
  const { code } = error;
  const message = String(error.message);
  const problem = problemOf({ code, message });
  const blockLimit = problem === "range" ? blockLimitOf(message) : undefined;
  return new RpcError(problem, `${method}: ${message}`, { cause: error, blockLimit });
}

/** What one answer to many requests says against all of them. */
function objectionOf(answer: unknown): RpcError | undefined {
  return isAnswer(answer) && answer.error ? errorOf(answer.error, "a batch") : undefined;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message ? error.cause.message : error.message;
}
