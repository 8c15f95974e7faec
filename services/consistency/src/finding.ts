import type { CheckFacts } from "./check.ts";

/** A violation that a check saw on one entity. */
export interface Finding {
  readonly fingerprint: string;
  readonly check: CheckFacts;
  readonly entityId: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  /** False while it may still come right by itself: then it opens no issue, but keeps one open. */
  readonly settled: boolean;
}

/**
 * Of what contract a finding is, or else of what chain: as contracts are called in findings, or `<chain>`. Empty where it
 * does not say.
 */
export function placesOf({ entityId, evidence }: Pick<Finding, "entityId" | "evidence">, entityType: string): string[] {
  if (entityType === "contract") return [entityId, entityId.split(":")[0] ?? ""];
  const { escrow, chainId } = evidence;
  if (typeof escrow === "string") return [escrow.split(":").slice(0, 2).join(":")];
  return typeof chainId === "string" ? [chainId] : [];
}

/** An escrow by what findings call it: its chain, its contract, and its id there, which may hold colons itself. */
export function partsOfEscrow(name: unknown): { chainId: number; contract: string; escrowId: string } | undefined {
  const [, chainId = "", contract = "", escrowId = ""] = /^(\d+):([^:]+):(.+)$/s.exec(String(name)) ?? [];
  return escrowId === "" ? undefined : { chainId: Number(chainId), contract, escrowId };
}

/** What makes two findings the same, whatever their evidence. Readable, for it is what operators type. */
export function fingerprintOf(check: Pick<CheckFacts, "code" | "entityType">, entityId: string): string {
  return `${check.code}:${check.entityType}:${entityId}`;
}

/** The trade that a finding is about: its order; where none is known, its escrow, or else the entity itself. */
export function tradeOf({ entityId, evidence }: Pick<Finding, "entityId" | "evidence">): string {
  const { orderId, escrow } = evidence;
  if (typeof orderId === "string") return orderId;
  return typeof escrow === "string" ? escrow : entityId;
}
