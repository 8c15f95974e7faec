import type { ProblemDetails } from "./answers.ts";

const TIMEOUT_MS = 15_000;

/** Asks the API beside this page. Rejects with the API's own words where it has some. */
export async function ask<Answer>(path: string, signal: AbortSignal): Promise<Answer> {
  const response = await fetch(`api/${path}`, { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
  if (response.ok) return (await response.json()) as Answer;
  const problem = (await response.json().catch(() => undefined)) as ProblemDetails | undefined;
  throw new Error(problem?.detail ?? `${response.status} ${response.statusText}`);
}
