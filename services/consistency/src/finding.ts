import type { Check } from "./check.ts";

/** A violation that a check saw on one entity. */
export interface Finding {
  readonly fingerprint: string;
  readonly check: Check;
  readonly entityId: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  /** False while it may still come right by itself: then it opens no issue, but keeps one open. */
  readonly settled: boolean;
}

/** What makes two findings the same, whatever their evidence. Readable, for it is what operators type. */
export function fingerprintOf(check: Pick<Check, "code" | "entityType">, entityId: string): string {
  return `${check.code}:${check.entityType}:${entityId}`;
}

/** The trade that a finding is about: its order, or, where no order is known, the entity itself. */
export function tradeOf({ entityId, evidence }: Pick<Finding, "entityId" | "evidence">): string {
  return typeof evidence.orderId === "string" ? evidence.orderId : entityId;
}
