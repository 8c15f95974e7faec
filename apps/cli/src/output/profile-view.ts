import type { Finding } from "@vigia/chain";
import type { CheckedProfile } from "../questions/profile-check.ts";
import type { Paint } from "../terminal.ts";
import { renderTable } from "./table.ts";

/** What a profile would do with a contract's logs, for a person. */
export function renderProfileCheck(paint: Paint, checked: CheckedProfile): string {
  const { profile, contract, chainId, fromBlock, toBlock, logs, escrows, announced } = checked;
  const head = `${paint("bold", profile)} at ${contract} on chain ${chainId}, blocks ${fromBlock} to ${toBlock}`;
  const more = Object.entries(announced).map(([kind, count]) => `${count} ${kind} announced`);
  const parts = [
    [head, [`${logs} logs`, `${escrows} escrows`, ...more].join(", ")].join("\n"),
    renderTable(
      paint,
      ["EVENT", "LOGS"],
      checked.events.map(({ event, logs: count }) => [event, count === 0 ? paint("dim", "0") : String(count)]),
    ),
    renderTable(
      paint,
      ["STATE REACHED", "ESCROWS"],
      Object.entries(checked.statuses).map(([status, count]) => [status, String(count)]),
    ),
    escrowsFound(checked),
    findings(paint, "Logs that the profile cannot read, by first topic", checked.undecoded),
    findings(paint, "Logs whose escrow no other event names", checked.unlinked),
    findings(paint, "Logs of escrows that no event creates", checked.uncreated),
    findings(paint, "Steps that an escrow may not take: they would be findings", checked.illegal),
    renderState(paint, checked),
    checked.isWhole
      ? ""
      : paint("yellow", `There are more logs than are looked at: nothing after block ${toBlock} was.`),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function escrowsFound({ escrows, escrowIds }: CheckedProfile): string {
  if (escrows === 0) return "No escrow was found.";
  return `Their ids, as in\n${escrowIds.map((escrowId) => `  ${escrowId}`).join("\n")}`;
}

function findings(paint: Paint, title: string, found: readonly Finding[]): string {
  if (found.length === 0) return "";
  const rows = found.map(({ what, count, examples: [first] }) => [
    what,
    String(count),
    first ? `block ${first.blockNumber}, log ${first.logIndex}` : "",
    first?.escrowId ?? "",
  ]);
  return `${paint("yellow", title)}\n${renderTable(paint, ["WHAT", "LOGS", "FIRST", "ESCROW"], rows)}`;
}

function renderState(paint: Paint, { state, toBlock }: CheckedProfile): string {
  if (!state) return paint("yellow", "The profile does not say how the state is read: events alone would be followed.");
  const { compared, differences } = state;
  if (differences.length === 0) return `The contract says the same of ${compared} escrows at block ${toBlock}.`;
  const rows = differences.map(({ escrowId, told, read, reason }) => [
    escrowId,
    `${told.status} ${told.balance}`,
    read ? `${read.status} ${read.balance ?? ""}` : (reason ?? ""),
  ]);
  const title = `Of ${compared} escrows, the contract says otherwise of ${differences.length}: no event told it, or the profile is wrong`;
  return `${paint("yellow", title)}\n${renderTable(paint, ["ESCROW", "EVENTS", "CONTRACT"], rows)}`;
}
