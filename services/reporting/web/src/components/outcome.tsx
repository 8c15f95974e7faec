import { useQuery } from "@tanstack/react-query";
import type { Action, ActionStatus } from "../data/answers.ts";
import { actionQuestion } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import type { Tone } from "../phrases/event.ts";
import { Badge } from "./badge.tsx";

export const ACTION_TONES: Readonly<Record<ActionStatus, Tone>> = {
  sent: "plain",
  unconfirmed: "attention",
  accepted: "plain",
  completed: "good",
  rejected: "bad",
  failed: "bad",
};

/** What came of the command with this id, as it comes. */
export function Outcome({ commandId }: { readonly commandId: string }) {
  const { data } = useQuery(actionQuestion(commandId));
  return data ? <ActionOutcome action={data} /> : null;
}

/** The state of a command in a word, why, and how far a resync has come. */
export function ActionOutcome({ action: { status, reason, progress } }: { readonly action: Action }) {
  const { words } = useSpeech();
  const { actions } = words.acting;
  return (
    <span className="outcome">
      <Badge tone={ACTION_TONES[status]}>{actions.statuses[status]}</Badge>
      {reason && <span className="line-of quiet">{reason}</span>}
      {progress && <ResyncProgress {...progress} />}
    </span>
  );
}

export function ResyncProgress({ fromBlock, toBlock, doneBlock }: ResyncProgressProps) {
  const { language, words } = useSpeech();
  const { resync } = words.acting;
  return (
    <span className="line-of quiet">
      <progress max={toBlock - fromBlock + 1} value={doneBlock - fromBlock + 1} aria-label={resync.label} />
      {resync.progress(doneBlock.toLocaleString(language), toBlock.toLocaleString(language))}
    </span>
  );
}

/** Blocks, inclusive. */
interface ResyncProgressProps {
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly doneBlock: number;
}
