import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Level, Overview as OverviewAnswer } from "../data/answers.ts";
import { useNow } from "../data/now.ts";
import { overviewQuestion } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import type { Tone } from "../phrases/event.ts";
import { phraseProblem } from "../phrases/problem.ts";
import { Badge } from "./badge.tsx";

const LEVEL_TONES: Readonly<Record<Level, Tone>> = { critical: "bad", warning: "attention", note: "plain" };

/** The glance: all well, or what is not. */
export function Overview() {
  const { words } = useSpeech();
  const { data, error } = useQuery(overviewQuestion);
  const verdict = verdictOf(data, error !== null);
  const text = {
    loading: words.loading,
    unknown: words.overview.unknown,
    well: words.overview.allWell,
    unwell: words.overview.notWell(data?.problems.filter(({ level }) => level !== "note").length ?? 0),
  }[verdict];
  useEffect(() => {
    document.title = `${text} · ${words.title}`;
  }, [text, words]);

  const isUrgent = data?.problems.some(({ level }) => level === "critical") ?? false;
  return (
    <section
      className={`overview ${verdict} ${verdict === "unwell" && isUrgent ? "urgent" : ""}`}
      aria-labelledby="now"
    >
      <p className="quiet" id="now">
        {words.overview.heading}
      </p>
      <h2 aria-live="polite">
        <span className="glyph" aria-hidden="true">
          {verdict === "well" ? "✓" : verdict === "unwell" ? "!" : "?"}
        </span>
        {text}
      </h2>
      {verdict === "well" && <p>{words.overview.allWellDetail}</p>}
      {verdict === "unknown" && (
        <p>
          {words.overview.unknownDetail} {data && words.stale}
        </p>
      )}
      {data && <Problems overview={data} />}
      {data && <Services overview={data} />}
    </section>
  );
}

function verdictOf(overview: OverviewAnswer | undefined, hasFailed: boolean) {
  if (hasFailed) return "unknown";
  if (overview === undefined) return "loading";
  return overview.allWell ? "well" : "unwell";
}

function Problems({ overview }: { readonly overview: OverviewAnswer }) {
  const { language, words } = useSpeech();
  const now = useNow();
  if (overview.problems.length === 0) return null;
  return (
    <ul className="problems" aria-label={words.overview.problems}>
      {overview.problems.map((problem) => (
        <li key={JSON.stringify(problem)}>
          <Badge tone={LEVEL_TONES[problem.level]}>{words.levels[problem.level]}</Badge>
          <span>{phraseProblem(problem, words, language, now)}</span>
        </li>
      ))}
    </ul>
  );
}

function Services({ overview }: { readonly overview: OverviewAnswer }) {
  const { words } = useSpeech();
  return (
    <ul className="services" aria-label={words.overview.services}>
      {overview.services.map(({ service, instances }) => (
        <li key={service}>
          <Badge tone={instances > 0 ? "good" : "bad"}>
            <strong>{service}</strong> {instances > 0 ? words.overview.up(instances) : words.overview.down}
          </Badge>
        </li>
      ))}
    </ul>
  );
}
