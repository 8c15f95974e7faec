import type { Details, NoticeKind } from "../notice.ts";

export interface Words {
  readonly title: string;
  readonly body: string;
}

/** What is said for each kind of notice. */
export type Templates = Readonly<Record<NoticeKind, (details: Details) => Words>>;

/** What one message says that tells of many notices. */
export interface DigestTemplate {
  title(count: number): string;
  more(count: number): string;
}

/** A detail as text; empty where the event did not have it. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A detail as a number; 0 where the event did not have it. */
export function count(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** The first of many by name, and `more` of how many are left out. */
export function named(sample: unknown, total: number, more: (left: number) => string): string {
  const names = Array.isArray(sample) ? sample.map(text) : [];
  return names.join(", ") + (total > names.length ? more(total - names.length) : "");
}

/** Enough of an id for people to tell orders apart. */
export function short(id: unknown): string {
  return text(id).slice(0, 8);
}
