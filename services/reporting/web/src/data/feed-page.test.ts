import type { FeedEvent } from "./answers.ts";
import { FEED_LENGTH, withEvent } from "./feed-page.ts";

const event = (position: number): FeedEvent => ({
  position,
  id: String(position),
  subject: "vigia.event.x",
  source: "test",
  payload: {},
  at: "2030-01-01T00:00:00.000Z",
});

describe("withEvent", () => {
  it("puts the newest first and keeps a bounded page", () => {
    const full = { events: Array.from({ length: FEED_LENGTH }, (_, index) => event(FEED_LENGTH - index)), next: null };
    const { events } = withEvent(full, event(FEED_LENGTH + 1));
    expect(events).toHaveLength(FEED_LENGTH);
    expect(events[0]?.position).toBe(FEED_LENGTH + 1);
  });

  it("takes an event once, and begins where there is no page yet", () => {
    const one = withEvent(undefined, event(7));
    expect(withEvent(one, event(7)).events).toEqual([event(7)]);
  });
});
