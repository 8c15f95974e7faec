import { useSyncExternalStore } from "react";

/** What a list is narrowed to, by field. */
export type Filter<Field extends string = string> = Readonly<Partial<Record<Field, string>>>;

/** The lists that have a filter, each with its fields. */
export const FILTERS = {
  issues: ["status", "severity", "check", "entity", "text"],
  runs: ["task", "status", "text"],
  "dead-letters": ["consumer", "text"],
  notifications: ["user", "order", "delivery"],
  events: ["show", "text"],
} as const;

export type ListName = keyof typeof FILTERS;
export type FilterOf<List extends ListName> = Filter<(typeof FILTERS)[List][number]>;

/** A list's filter; it is kept in the address, so that it survives a reload and can be sent on. */
export function useFilter<List extends ListName>(list: List): [FilterOf<List>, (filter: FilterOf<List>) => void] {
  const search = useSyncExternalStore(onAddress, () => location.search);
  return [readFilter(search, list), (filter) => goTo("replaceState", withFilter(location.search, list, filter))];
}

/** Narrows a list, as a step that the browser can take back, and brings it into view. */
export function showFiltered<List extends ListName>(list: List, filter: FilterOf<List>): void {
  goTo("pushState", withFilter(location.search, list, filter));
  document.getElementById(list)?.scrollIntoView();
}

export function readFilter<List extends ListName>(search: string, list: List): FilterOf<List> {
  const parameters = new URLSearchParams(search);
  const set = FILTERS[list].map((field) => [field, parameters.get(`${list}.${field}`)]).filter(([, value]) => value);
  return Object.fromEntries(set);
}

/** The address's search with another filter of this list; those of other lists stay. */
export function withFilter<List extends ListName>(search: string, list: List, filter: FilterOf<List>): string {
  const parameters = new URLSearchParams(search);
  for (const field of FILTERS[list]) {
    const value = (filter as Filter)[field];
    if (value) parameters.set(`${list}.${field}`, value);
    else parameters.delete(`${list}.${field}`);
  }
  return parameters.size > 0 ? `?${parameters}` : "";
}

/** `a=1&b=2`, without what is not set. */
export function searchOf(parameters: Readonly<Record<string, string | undefined>>): string {
  const set = Object.entries(parameters).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return new URLSearchParams(set).toString();
}

const ADDRESS_CHANGED = "vigia-address";

function goTo(how: "pushState" | "replaceState", search: string): void {
  history[how](null, "", `${location.pathname}${search}${location.hash}`);
  dispatchEvent(new Event(ADDRESS_CHANGED));
}

function onAddress(changed: () => void): () => void {
  for (const event of [ADDRESS_CHANGED, "popstate"]) addEventListener(event, changed);
  return () => {
    for (const event of [ADDRESS_CHANGED, "popstate"]) removeEventListener(event, changed);
  };
}
