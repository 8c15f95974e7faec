import type { EscrowStatus, OrderStatus } from "@vigia/messages";

/** Each expectation says of which tale of the script it is, for whoever reads the table. */
interface Told {
  readonly tale: string;
}

export interface ExpectedOrder extends Told {
  readonly orderId: string;
  readonly status: OrderStatus;
}

export interface ExpectedEscrow extends Told {
  /** 0x-hex, 32 bytes: the trade key. */
  readonly escrowId: string;
  readonly status: EscrowStatus;
  /** `state`: no event told it, so it must have been read from the contract. */
  readonly source: "event" | "state";
  /** How many logs the contract wrote for it; each must be recorded once. */
  readonly logs: number;
}

export interface ExpectedFinding extends Told {
  readonly check: string;
  readonly entityId: string;
}

export interface ExpectedNotification extends Told {
  readonly userId: string;
  readonly userName: string;
  readonly orderId: string;
}

/** What must be seen, sooner or later, once the script has ended. */
export interface Expectations {
  readonly orders: readonly ExpectedOrder[];
  readonly escrows: readonly ExpectedEscrow[];
  /** Findings that must be open. */
  readonly findings: readonly ExpectedFinding[];
  readonly notifications: readonly ExpectedNotification[];
  /** Ids of orders, escrows and disputes with which nothing is wrong: no finding may be open on them. */
  readonly healthy: readonly string[];
}

export interface ObservedEscrow {
  readonly status: string;
  readonly source: string;
  readonly logs: number;
}

export interface ObservedFinding {
  readonly check: string;
  readonly entityId: string;
}

/** What the tables hold of all that was expected. Maps are by id; what is absent was not there. */
export interface Observed {
  readonly orders: ReadonlyMap<string, string>;
  readonly escrows: ReadonlyMap<string, ObservedEscrow>;
  /** Every finding that is open, expected or not. */
  readonly findings: readonly ObservedFinding[];
  /** How many notifications a user has about an order, by `notificationKey`. */
  readonly notifications: ReadonlyMap<string, number>;
}

export interface Comparison {
  readonly what: string;
  readonly expected: string;
  readonly seen: string;
  readonly ok: boolean;
}

export function notificationKey(userId: string, orderId: string): string {
  return `${userId} ${orderId}`;
}

/** One line for each expectation, in the order of the expectations. */
export function compareWithExpectations(expectations: Expectations, observed: Observed): Comparison[] {
  return [
    ...expectations.orders.map((order) =>
      compare(`order: ${order.tale}`, order.status, observed.orders.get(order.orderId) ?? "no order"),
    ),
    ...expectations.escrows.map((escrow) =>
      compare(`escrow: ${escrow.tale}`, escrowText(escrow), escrowText(observed.escrows.get(escrow.escrowId))),
    ),
    ...expectations.findings.map((finding) => {
      const found = observed.findings.filter(
        ({ check, entityId }) => check === finding.check && isAbout(entityId, finding.entityId),
      );
      return compare(`finding: ${finding.tale}`, `1 ${finding.check}`, `${found.length} ${finding.check}`);
    }),
    ...expectations.notifications.map((notification) => {
      const count = observed.notifications.get(notificationKey(notification.userId, notification.orderId)) ?? 0;
      const what = `${notification.userName} told: ${notification.tale}`;
      return { what, expected: "at least 1", seen: String(count), ok: count >= 1 };
    }),
    healthyStayClean(expectations, observed),
  ];
}

function compare(what: string, expected: string, seen: string): Comparison {
  return { what, expected, seen, ok: expected === seen };
}

function escrowText(escrow: ObservedEscrow | undefined): string {
  return escrow === undefined ? "no escrow" : `${escrow.status} by ${escrow.source}, ${escrow.logs} logs`;
}

/** A finding names an escrow by its id alone, or by chain, contract and id. */
function isAbout(entityId: string, id: string): boolean {
  return entityId === id || entityId.endsWith(`:${id}`);
}

function healthyStayClean(expectations: Expectations, observed: Observed): Comparison {
  const wrong = observed.findings.filter(({ entityId }) => expectations.healthy.some((id) => isAbout(entityId, id)));
  const seen = wrong.length === 0 ? "none" : wrong.map(({ check, entityId }) => `${check} ${entityId}`).join(", ");
  return compare("findings on trades that are in order", "none", seen);
}
