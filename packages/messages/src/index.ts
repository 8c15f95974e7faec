/**
 * The words that Vigia's services share: streams, subjects, envelope, the schemas of every tick, command and event,
 * the catalogue of tasks, and the states of the domain. Nothing here does I/O.
 */
export * from "./commands.ts";
export * from "./domain/dispute.ts";
export * from "./domain/escrow.ts";
export * from "./domain/order.ts";
export * from "./envelope.ts";
export { EVENTS } from "./events/catalogue.ts";
export * from "./events/chain.ts";
export * from "./events/consistency.ts";
export {
  defineEvent,
  type EventDefinition,
  type EventKind,
  type OutgoingEvent,
  type ReceivedEvent,
} from "./events/definition.ts";
export * from "./events/marketplace.ts";
export * from "./events/run.ts";
export * from "./notices.ts";
export * from "./page-commands.ts";
export * from "./service-commands.ts";
export * from "./streams.ts";
export * from "./tasks.ts";
export * from "./ticks.ts";
