import { chainDrifted, chainReorged, chainSynced, escrowChanged, providerChanged, resyncProgressed } from "./chain.ts";
import { checkReported, healReported, issueChanged } from "./consistency.ts";
import { cleanupReported, disputeChanged, orderChanged } from "./marketplace.ts";
import { commandChanged, deadLetterAdded, runChanged, trackerChanged } from "./run.ts";

/** Every kind of event there is. */
export const EVENTS = [
  runChanged,
  commandChanged,
  deadLetterAdded,
  trackerChanged,
  chainSynced,
  chainReorged,
  chainDrifted,
  resyncProgressed,
  providerChanged,
  escrowChanged,
  orderChanged,
  disputeChanged,
  cleanupReported,
  issueChanged,
  checkReported,
  healReported,
] as const;
