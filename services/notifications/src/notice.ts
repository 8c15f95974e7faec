import type { NoticeKind } from "@vigia/messages";

export type { NoticeKind };

/** Whom to tell: one user, or everybody who operates the marketplace. */
export type Addressee = { readonly userId: string } | "operators";

export interface Notice {
  readonly to: Addressee;
  readonly kind: NoticeKind;
}

/** What an event means for people. */
export interface Telling {
  /** Who is told first: a user whom two notices reach gets the first one alone. */
  readonly notices: readonly Notice[];
  /**
   * What the notices are about, where several events may tell the same fact: each user is told of it once. Without it
   * the event is the fact.
   */
  readonly fact?: string;
  /** Facts that are no more: whoever was told may be told anew when they come again. */
  readonly retracts?: readonly string[];
}

export const NOBODY: Telling = { notices: [] };

/** The names, amounts and reasons that templates may mention. */
export type Details = Readonly<Record<string, unknown>>;
