import type { ProblemDetails } from "./answers.ts";

const TIMEOUT_MS = 15_000;

/** The API refused, in its own words where it has some. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Asks the API beside this page. Rejects with a `Refusal`, or where nobody answers. */
export async function ask<Answer>(path: string, signal: AbortSignal): Promise<Answer> {
  return request<Answer>(path, { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
}

/** Has the API do something: the session's cookie goes with it. Rejects as `ask` does. */
export async function tell<Answer>(method: "POST" | "DELETE", path: string, body?: object): Promise<Answer> {
  return request<Answer>(path, {
    method,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {}),
  });
}

async function request<Answer>(path: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(`api/${path}`, init);
  if (response.ok) return (await response.json()) as Answer;
  const problem = (await response.json().catch(() => undefined)) as ProblemDetails | undefined;
  throw new Refusal(response.status, problem?.detail ?? `${response.status} ${response.statusText}`);
}
