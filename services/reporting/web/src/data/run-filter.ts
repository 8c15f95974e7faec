/** What the table of runs is narrowed to; kept in the address, so that it survives a reload and can be sent on. */
export interface RunFilter {
  readonly task?: string | undefined;
  readonly status?: string | undefined;
}

export function readRunFilter(search: string): RunFilter {
  const parameters = new URLSearchParams(search);
  return { task: parameters.get("task") || undefined, status: parameters.get("status") || undefined };
}

/** `a=1&b=2`, without what is not set. */
export function searchOf(parameters: Readonly<Record<string, string | undefined>>): string {
  const set = Object.entries(parameters).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return new URLSearchParams(set).toString();
}
