import type { RunStatus, Severity } from "../data/answers.ts";
import { useSpeech } from "../language/language.tsx";
import type { Tone } from "../phrases/event.ts";
import { Badge } from "./badge.tsx";

const RUN_TONES: Readonly<Record<RunStatus, Tone>> = {
  running: "plain",
  completed: "good",
  failed: "bad",
  recovered: "attention",
  skipped: "plain",
  cancelled: "attention",
};

const SEVERITY_TONES: Readonly<Record<Severity, Tone>> = {
  critical: "bad",
  high: "bad",
  medium: "attention",
  low: "plain",
};

export function RunBadge({ status }: { readonly status: RunStatus }) {
  const { words } = useSpeech();
  const glyph = status === "running" ? { glyph: "▸" } : {};
  return (
    <Badge tone={RUN_TONES[status]} {...glyph}>
      {words.runs.statuses[status]}
    </Badge>
  );
}

export function SeverityBadge({ severity }: { readonly severity: Severity }) {
  const { words } = useSpeech();
  return <Badge tone={SEVERITY_TONES[severity]}>{words.issues.severities[severity]}</Badge>;
}
