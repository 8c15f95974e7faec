import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { FeedEvent, FeedPage } from "./answers.ts";
import { withEvent } from "./feed-page.ts";
import { feedQuestion, questionsChangedBy } from "./questions.ts";

/** However many events come, a question is asked anew no more often than this. */
const REFETCH_EVERY_MS = 1_500;
/** The browser connects again by itself after a lost connection, but not after an answer that refuses. */
const REFUSED_RETRY_MS = 5_000;

/** Follows the feed from the position that is shown already; says whether the line stands. */
export function useLiveFeed(after: number | undefined): boolean {
  const client = useQueryClient();
  const [connected, setConnected] = useState(true);
  const isReady = after !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `after` is only where to begin
  useEffect(() => (isReady ? followFeed(client, after, setConnected) : undefined), [client, isReady]);
  return connected;
}

/** Puts what happens into the feed's answer and has the questions asked anew that it changes; returns how to end. */
function followFeed(client: QueryClient, after: number, report: (connected: boolean) => void): () => void {
  const refetch = throttledRefetch(client);
  let position = after;
  let source = connect();
  let retry: number | undefined;

  function connect(): EventSource {
    const opened = new EventSource(`api/stream?after=${position}`);
    opened.onopen = () => {
      report(true);
      refetch.ask(["overview"]);
    };
    opened.onmessage = ({ data }: MessageEvent<string>) => {
      const event = JSON.parse(data) as FeedEvent;
      position = event.position;
      client.setQueryData<FeedPage>(feedQuestion.queryKey, (page) => withEvent(page, event));
      refetch.ask(questionsChangedBy(event.subject));
    };
    opened.onerror = () => {
      report(false);
      refetch.ask(["overview"]);
      if (opened.readyState !== EventSource.CLOSED) return;
      retry = window.setTimeout(() => {
        source = connect();
      }, REFUSED_RETRY_MS);
    };
    return opened;
  }

  return () => {
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
