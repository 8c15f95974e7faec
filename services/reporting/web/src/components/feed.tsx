import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { FeedEvent } from "../data/answers.ts";
import { feedQuestion } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import { phraseEvent } from "../phrases/event.ts";
import { Badge } from "./badge.tsx";
import { Instant } from "./moment.tsx";
import { Panel } from "./panel.tsx";

/** What happens, as it happens. Paused, it stands still and counts what waits. */
export function Feed() {
  const { words } = useSpeech();
  const feed = useQuery(feedQuestion);
  const [pausedAt, setPausedAt] = useState<number>();
  const events = feed.data?.events ?? [];
  const waiting = pausedAt === undefined ? 0 : events.filter(({ position }) => position > pausedAt).length;
  const toggle = () => setPausedAt(pausedAt === undefined ? (events[0]?.position ?? 0) : undefined);
  return (
    <Panel
      heading={words.feed.heading}
      answer={feed}
      tools={
        <span className="filters">
          {waiting > 0 && <span className="quiet">{words.feed.waiting(waiting)}</span>}
          <button type="button" className="small" aria-pressed={pausedAt !== undefined} onClick={toggle}>
            {pausedAt === undefined ? words.feed.pause : words.feed.resume}
          </button>
        </span>
      }
    >
      {({ events: all }) => <EventList events={pausedAt === undefined ? all : all.slice(waiting)} />}
    </Panel>
  );
}

function EventList({ events }: { readonly events: readonly FeedEvent[] }) {
  const { language, words } = useSpeech();
  if (events.length === 0) return <p className="quiet">{words.feed.empty}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <ol className="feed" tabIndex={0} aria-label={words.feed.heading}>
      {events.map((event) => {
        const { text, tone } = phraseEvent(event, words, language);
        return (
          <li key={event.position}>
            <Instant at={event.at} />
            <Badge tone={tone}>
              <span title={event.subject}>{text}</span>
            </Badge>
          </li>
        );
      })}
    </ol>
  );
}
