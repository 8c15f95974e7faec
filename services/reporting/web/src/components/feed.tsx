import { useQuery } from "@tanstack/react-query";
import type { FeedEvent } from "../data/answers.ts";
import { type FilterOf, useFilter } from "../data/filter.ts";
import { eventsQuestion, feedQuestion, WARNINGS } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import { phraseEvent } from "../phrases/event.ts";
import { Badge } from "./badge.tsx";
import { Choice, Filters, Search } from "./filters.tsx";
import { Instant } from "./moment.tsx";
import { Panel } from "./panel.tsx";

/** What happens, as it happens; or of all that happened what is looked for. */
export function Feed() {
  const { words } = useSpeech();
  const [filter] = useFilter("events");
  const isFiltered = Object.keys(filter).length > 0;
  const live = useQuery(feedQuestion);
  const found = useQuery({ ...eventsQuestion(filter), enabled: isFiltered });
  return (
    <Panel name="events" heading={words.feed.heading} answer={isFiltered ? found : live} tools={<FeedFilters />}>
      {({ events }) => <EventList events={events} empty={isFiltered ? words.feed.emptyFiltered : words.feed.empty} />}
    </Panel>
  );
}

function FeedFilters() {
  const { words } = useSpeech();
  const { filters } = words.feed;
  const [filter, change] = useFilter("events");
  const set = (part: FilterOf<"events">) => change({ ...filter, ...part });
  return (
    <Filters label={filters.label} clear={Object.keys(filter).length > 0 ? () => change({}) : undefined}>
      <Choice
        label={filters.show}
        value={filter.show ?? ""}
        change={(show) => set({ show })}
        options={{ "": filters.everything, [WARNINGS]: filters.warnings }}
      />
      <Search label={filters.text} value={filter.text} change={(text) => set({ text })} />
    </Filters>
  );
}

function EventList({ events, empty }: { readonly events: readonly FeedEvent[]; readonly empty: string }) {
  const { language, words } = useSpeech();
  if (events.length === 0) return <p className="quiet">{empty}</p>;
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
