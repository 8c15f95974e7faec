import type { History } from "../history.ts";
import { judgeChain } from "./chain.ts";
import { judgeFindings } from "./findings.ts";
import { judgeHolding } from "./holding.ts";
import { judgeLongRuns } from "./long-runs.ts";
import { judgeMessages } from "./messages.ts";
import { judgeRuns } from "./runs.ts";
import { judgeShutdown } from "./shutdown.ts";
import { judgeStores } from "./stores.ts";
import { judgeTicks } from "./ticks.ts";
import { type Judgement, PROMISES } from "./verdict.ts";

/** Judges every promise that a history can show, in the order of the list. Pure. */
export function judgeAll(history: History): Judgement[] {
  const all = [judgeTicks, judgeHolding, judgeRuns, judgeMessages, judgeStores, judgeFindings].flatMap((group) =>
    group(history),
  );
  const order = Object.keys(PROMISES);
  return [...all, judgeLongRuns(history), judgeShutdown(history), judgeChain(history)].sort(
    (one, other) => order.indexOf(one.promise) - order.indexOf(other.promise),
  );
}
