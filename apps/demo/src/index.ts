/**
 * A demo marketplace: what an adopter's own backend and its users do, so that Vigia has something to watch. It writes
 * the marketplace's tables and calls the escrow contract; it knows nothing of Vigia's services.
 */
export { type Deployment, deployReferenceContract } from "./deploy.ts";
export type { Log } from "./log.ts";
export {
  type Comparison,
  compareWithExpectations,
  type Expectations,
  type ExpectedEscrow,
  type ExpectedFinding,
  type ExpectedNotification,
  type ExpectedOrder,
  type Observed,
  type ObservedEscrow,
  type ObservedFinding,
} from "./script/expectations.ts";
export { observe } from "./script/observe.ts";
export { runScript, type ScriptOptions } from "./script/run-script.ts";
