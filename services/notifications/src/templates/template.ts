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

/** Enough of an id for people to tell orders apart. */
export function short(id: unknown): string {
  return text(id).slice(0, 8);
}
