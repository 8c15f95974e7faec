import { STEP_SUBJECT, STUBBORN_SUBJECT, WORLD_SUBJECT } from "../events.ts";
import type { History } from "../history.ts";
import { ENOUGH } from "./enough.ts";
import { groupBy, type Judgement, judge, twice } from "./verdict.ts";

/** A run is tried so often. */
const MAX_TRIES = 5;

/** M1, M2, M3: what became of commands and events. */
export function judgeMessages(history: History): Judgement[] {
  return [judgeNoneLost(history), judgePoison(history), judgeEvents(history)];
}

/** What cannot be handled: at once, or at any try. */
function poisonOf(history: History): Set<string> {
  const { commands, outbox, failingTicks } = history;
  const events = outbox.filter(({ temper }) => temper === "poison");
  const atOnce = [...commands.filter(({ poison }) => poison), ...events].map(({ id }) => id);
  return new Set([...atOnce, ...failingTicks, ...failingEvents(history)]);
}

function failingEvents({ outbox }: History): string[] {
  return outbox.filter(({ subject }) => subject === STUBBORN_SUBJECT).map(({ id }) => id);
}

function judgeNoneLost(history: History): Judgement {
  const { commands, handled, outbox, feed, leftOver, deadLetters, consumed } = history;
  const good = commands.filter(({ poison }) => !poison);
  const consumedKinds = [STEP_SUBJECT, WORLD_SUBJECT];
  const steps = outbox.filter(({ subject, temper }) => consumedKinds.includes(subject) && temper !== "poison");
  const [had, poison] = [new Set(consumed), poisonOf(history)];
  const dead = new Map(deadLetters.map(({ messageId, reason }) => [messageId, reason]));
  const violations = [
    ...leftOver.map((what) => `at the end there were ${what}`),
    ...good.filter(({ id }) => !handled.has(`cleanup.expire-orders ${id}`)).map(({ id }) => `command ${id} is lost`),
    ...outbox.filter(({ id }) => !feed.has(id)).map(({ id, subject }) => `the feed lacks ${subject} (${id})`),
    ...steps.filter(({ id }) => !had.has(id)).map(({ id }) => `event ${id} had no effect`),
    ...[...dead]
      .filter(([id]) => !poison.has(id))
      .map(([id, reason]) => `${id} became a dead letter though nothing was wrong with it: ${reason}`),
  ];
  return judge(
    "M1",
    [
      { what: "commands", count: good.length, atLeast: 10 },
      { what: "events with an effect", count: steps.length, atLeast: ENOUGH.effects },
      { what: "events in the feed", count: feed.size, atLeast: 50 },
    ],
    violations,
  );
}

function judgePoison(history: History): Judgement {
  const { deadLetters, executions, failingTicks, leftOver } = history;
  const poison = poisonOf(history);
  const letters = groupBy(deadLetters, ({ messageId }) => messageId);
  const violations = [...poison].flatMap((id) => {
    const found = letters.get(id) ?? [];
    if (found.length !== 1) return [`poison ${id} has ${found.length} dead letters`];
    return found[0]?.reason ? [] : [`the dead letter of ${id} gives no reason`];
  });
  const failed = groupBy(
    executions.filter(({ status }) => status === "failed"),
    ({ messageId }) => messageId ?? "",
  );
  const givenUp = [...failingTicks].flatMap((id) => {
    const tries = failed.get(id)?.length ?? 0;
    return tries < MAX_TRIES ? [`${id} was given up after ${tries} tries that failed`] : [];
  });
  const stuck = leftOver.map((what) => `at the end there were ${what}`);
  return judge(
    "M2",
    [
      { what: "poison messages", count: poison.size, atLeast: 5 },
      { what: "ticks that failed to their last try", count: failingTicks.size, atLeast: ENOUGH.failingTicks },
      { what: "events that did", count: failingEvents(history).length, atLeast: 0 },
    ],
    [...violations, ...givenUp, ...stuck],
  );
}

function judgeEvents({ effects, outbox, stream, orders }: History): Judgement {
  const ids = new Set(outbox.map(({ id }) => id));
  const subjects = new Set(outbox.map(({ subject }) => subject));
  const changed = new Set(effects.map(({ eventId }) => eventId));
  const published = new Set(stream.map(({ id }) => id));
  const expired = orders.filter(({ status }) => status === "expired");
  const violations = [
    ...effects.filter(({ eventId }) => !ids.has(eventId)).map(({ eventId }) => `effect ${eventId} has no event`),
    ...outbox
      .filter(({ id, subject }) => subject === STEP_SUBJECT && !changed.has(id))
      .map(({ id }) => `event ${id} has no effect that it tells of`),
    ...expired
      .filter(({ id }) => !subjects.has(`vigia.event.order.expired.${id}`))
      .map(({ id }) => `order ${id} expired, and no event says so`),
    ...twice(
      outbox.filter(({ subject }) => subject.startsWith("vigia.event.order.expired.")).map(({ subject }) => subject),
    ).map((subject) => `${subject} was emitted twice`),
    ...outbox.filter(({ id }) => !published.has(id)).map(({ id, subject }) => `${subject} (${id}) was not published`),
    ...stream.filter(({ id }) => !ids.has(id)).map(({ id }) => `event ${id} was published, and is in no outbox`),
    ...twice(stream.map(({ id }) => id)).map((id) => `event ${id} is in the stream twice`),
    ...disorder(outbox, stream),
  ];
  const aggregates = groupBy(outbox, ({ aggregate }) => aggregate);
  const long = [...aggregates.values()].filter((events) => events.length > 1).length;
  return judge(
    "M3",
    [
      { what: "events in the stream", count: stream.length, atLeast: 100 },
      { what: "effects with an event", count: effects.length, atLeast: ENOUGH.effects },
      { what: "aggregates with more than one", count: long, atLeast: 10 },
    ],
    violations,
  );
}

/** Events of one aggregate stand in the stream as they stand in the outbox. */
function disorder(outbox: History["outbox"], stream: History["stream"]): string[] {
  const known = new Map(outbox.map((event) => [event.id, event]));
  const last = new Map<string, number>();
  const found: string[] = [];
  for (const { id } of [...stream].sort((one, other) => one.sequence - other.sequence)) {
    const event = known.get(id);
    if (!event) continue;
    const before = last.get(event.aggregate) ?? 0;
    if (event.position < before) found.push(`event ${id} of ${event.aggregate} came after one that follows it`);
    last.set(event.aggregate, Math.max(before, event.position));
  }
  return found;
}
