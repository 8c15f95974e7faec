import type { Details } from "../notice.ts";
import { count, type DigestTemplate, named, short, type Templates, text } from "./template.ts";

export const english: Templates = {
  "order-created": ({ orderId }) => ({
    title: "You have a new order",
    body: `Order ${short(orderId)} waits for your deposit.`,
  }),
  "order-escrowed": ({ orderId }) => ({
    title: "The tokens are in escrow",
    body: `The seller's deposit for order ${short(orderId)} is safe in the escrow. You can pay now.`,
  }),
  "order-paid": ({ orderId }) => ({
    title: "The buyer has paid",
    body: `The buyer says that order ${short(orderId)} is paid. Check that the money has come, then release the tokens.`,
  }),
  "order-released": ({ orderId }) => ({
    title: "The tokens are yours",
    body: `The escrow of order ${short(orderId)} was released to you.`,
  }),
  "order-refunded": ({ orderId }) => ({
    title: "The order was refunded",
    body: `The tokens of order ${short(orderId)} went back to the seller.`,
  }),
  "order-cancelled": ({ orderId }) => ({
    title: "The order was cancelled",
    body: `Order ${short(orderId)} was cancelled. Do not pay, and do not deposit anything for it.`,
  }),
  "order-expired": ({ orderId }) => ({
    title: "The order has expired",
    body: `Order ${short(orderId)} was ended because its time passed without a deposit. Do not pay for it.`,
  }),
  "order-undone": ({ orderId }) => ({
    title: "What we told you was undone",
    body: `The blockchain took back what we last told you about order ${short(orderId)}. Do nothing for it until we tell you anew.`,
  }),
  "dispute-opened": ({ orderId }) => ({
    title: "A dispute was opened",
    body: `Order ${short(orderId)} is in dispute. The tokens stay in the escrow until it is decided.`,
  }),
  "dispute-won": ({ orderId }) => ({
    title: "The dispute was decided for you",
    body: `The dispute about order ${short(orderId)} was decided in your favour: the tokens go to you.`,
  }),
  "dispute-lost": ({ orderId }) => ({
    title: "The dispute was decided against you",
    body: `The dispute about order ${short(orderId)} was decided in the other party's favour: the tokens go to them.`,
  }),
  "dispute-split": ({ orderId }) => ({
    title: "The dispute ended with a split",
    body: `The tokens of order ${short(orderId)} were divided between you and the other party.`,
  }),
  "dispute-to-watch": ({ orderId }) => ({
    title: "A dispute was opened",
    body: `Order ${text(orderId)} is in dispute.`,
  }),
  "issue-opened": (group) => ({ title: `${text(group.severity)}: ${text(group.check)}`, body: alert(group) }),
  "issue-still-open": (group) => ({ title: `Still ${text(group.severity)}: ${text(group.check)}`, body: alert(group) }),
  "issue-resolved": ({ check, meaning, sample, resolved }) => ({
    title: `Resolved: ${text(check)}`,
    body: `No longer so: ${text(meaning)}. Last seen on ${named(sample, count(resolved), more)}`,
  }),
  "daily-report": (day) => ({ title: `Daily report, ${text(day.day)}`, body: dailyReport(day) }),
};

function dailyReport(day: Details): string {
  return [
    `Open issues: ${count(day.openCritical)} critical, ${count(day.openHigh)} high, ${count(day.openOther)} other;`,
    `within a day ${count(day.opened)} opened and ${count(day.resolved)} were resolved.`,
    `Runs: ${count(day.completed)} completed, ${count(day.failed)} failed. Orders expired: ${count(day.expired)}.`,
    `Dead letters that wait: ${count(day.deadLetters)}. Notices given up: ${count(day.givenUp)}.`,
    `The chain is read up to ${count(day.lagBlocks)} blocks behind.`,
  ].join(" ");
}

function alert({ meaning, open, opened, resolved, quiet, sample }: Details): string {
  const counts = [
    `${count(open)} open`,
    ...(count(opened) > 0 ? [`${count(opened)} of them new`] : []),
    ...(count(resolved) > 0 ? [`${count(resolved)} resolved since the last message`] : []),
    ...(count(quiet) > 0 ? [`${count(quiet)} acknowledged or snoozed`] : []),
  ];
  return `${counts.join(", ")}: ${text(meaning)}. ${named(sample, count(open), more)}`;
}

function more(left: number): string {
  return ` and ${left} more`;
}

export const englishDigest: DigestTemplate = {
  title: (count) => `You have ${count} new notices`,
  more: (count) => `and ${count} more, in your inbox`,
};
