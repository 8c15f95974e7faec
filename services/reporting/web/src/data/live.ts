import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { FeedEvent, FeedPage } from "./answers.ts";
import { FEED_LENGTH, withEvent } from "./feed-page.ts";
import { isPaused, onPause } from "./pause.ts";
import { feedQuestion, questionsChangedBy } from "./questions.ts";

/** However many events come, a question is asked anew no more often than this. */
const REFETCH_EVERY_MS = 1_500;
/** The browser connects again by itself after a lost connection, but not after an answer that refuses. */
const REFUSED_RETRY_MS = 5_000;

export interface Line {
  /** Whether the line stands. */
  readonly isLive: boolean;
  /** How many events came that are not shown, while what is shown stands still. */
  readonly waiting: number;
}

/** Follows the feed from the position that is shown already. */
export function useLiveFeed(after: number | undefined): Line {
  const client = useQueryClient();
  const [isLive, setLive] = useState(true);
  const [waiting, setWaiting] = useState(0);
  const isReady = after !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `after` is only where to begin
  useEffect(() => (isReady ? followFeed(client, after, setLive, setWaiting) : undefined), [client, isReady]);
  return { isLive, waiting };
}

/** Puts what happens into the feed's answer and has the questions asked anew that it changes; returns how to end. */
function followFeed(
  client: QueryClient,
  after: number,
  report: (connected: boolean) => void,
  tellWaiting: (count: number) => void,
): () => void {
  const refetch = throttledRefetch(client);
  let waiting: FeedEvent[] = [];
  let count = 0;
  let position = after;
  let source = connect();
  let retry: number | undefined;

  function connect(): EventSource {
    const opened = new EventSource(`api/stream?after=${position}`);
    opened.onopen = () => {
      report(true);
      if (!isPaused()) refetch.ask(["overview"]);
    };
    opened.onmessage = ({ data }: MessageEvent<string>) => {
      const event = JSON.parse(data) as FeedEvent;
      position = event.position;
      count += 1;
      // Of those before, the feed would show none.
      waiting = [...waiting, event].slice(-FEED_LENGTH);
      if (isPaused()) tellWaiting(count);
      else show();
    };
    opened.onerror = () => {
      report(false);
      if (!isPaused()) refetch.ask(["overview"]);
      if (opened.readyState !== EventSource.CLOSED) return;
      retry = window.setTimeout(() => {
        source = connect();
      }, REFUSED_RETRY_MS);
    };
    return opened;
  }

  function show() {
    for (const event of waiting) {
      client.setQueryData<FeedPage>(feedQuestion.queryKey, (page) => withEvent(page, event));
      refetch.ask(questionsChangedBy(event.subject));
    }
    waiting = [];
    count = 0;
  }

  const stopListening = onPause(() => {
    if (isPaused()) return;
    show();
    tellWaiting(0);
    void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== feedQuestion.queryKey[0] });
  });

  return () => {
    stopListening();
    window.clearTimeout(retry);
    source.close();
    refetch.stop();
  };
}

function throttledRefetch(client: QueryClient) {
  const waiting = new Set<string>();
  let timer: number | undefined;
  const send = () => {
    timer = undefined;
    for (const key of waiting) void client.invalidateQueries({ queryKey: [key] });
    waiting.clear();
  };
  return {
    ask(keys: readonly string[]) {
      for (const key of keys) waiting.add(key);
      if (waiting.size > 0) timer ??= window.setTimeout(send, REFETCH_EVERY_MS);
    },
    stop: () => window.clearTimeout(timer),
  };
}
