import type { History } from "../history.ts";
import { type Judgement, judge, twice } from "./verdict.ts";

/** C1: what the tables say of the contract, against an index of the chain that was made anew. */
export function judgeChain({ chain }: History): Judgement {
  const { logsOnChain, logsRecorded, onChain, recorded, reorgs } = chain;
  const [there, here] = [new Set(logsOnChain), new Set(logsRecorded)];
  const ids = new Set([...Object.keys(onChain), ...Object.keys(recorded)]);
  const violations = [
    ...logsOnChain.filter((log) => !here.has(log)).map((log) => `the log ${log} is not recorded`),
    ...logsRecorded.filter((log) => !there.has(log)).map((log) => `the log ${log} is not on the chain`),
    ...twice(logsRecorded).map((log) => `the log ${log} is recorded twice`),
    ...[...ids]
      .filter((id) => onChain[id] !== recorded[id])
      .map((id) => `escrow ${id} is "${onChain[id]}" on the chain and "${recorded[id]}" in its row`),
  ];
  return judge(
    "C1",
    [
      { what: "logs", count: logsOnChain.length, atLeast: 20 },
      { what: "escrows", count: Object.keys(onChain).length, atLeast: 5 },
      { what: "forks", count: reorgs, atLeast: 1 },
    ],
    violations,
  );
}
