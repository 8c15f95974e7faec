import { DISPUTE_TRANSITIONS } from "../domain/dispute.ts";
import { ESCROW_TRANSITIONS } from "../domain/escrow.ts";
import { ORDER_TRANSITIONS } from "../domain/order.ts";
import { ENVELOPE_HEADERS, type Envelope, REPLAY_HEADER } from "../envelope.ts";
import { DUPLICATE_WINDOW_MS, STREAMS, type StreamDefinition } from "../streams.ts";
import { lockOf, TASK_NAMES, type TaskDefinition, taskDefinition } from "../tasks.ts";
import { tickSubject } from "../ticks.ts";
import { type Channel, commandChannels, eventChannels, scheduledTasks, tickChannel } from "./channel.ts";
import { fieldTable, table } from "./field-table.ts";
import { HEADER_MEANINGS } from "./headers.ts";

const DAY_MS = 86_400_000;
const MIB = 1_048_576;

/** The document of every message, for people. */
export function messagesMarkdown(): string {
  return `${[OPENING, envelope(), streams(), ticks(), commands(), events(), DEAD_LETTERS, states()].join("\n\n")}\n`;
}

const OPENING = `# Messages

<!-- Generated from the schemas in packages/messages: npm run document -w packages/messages -->

Everything that crosses a service boundary is a message on NATS JetStream, and every message is listed here. The same for
machines, as AsyncAPI 3: [asyncapi.json](asyncapi.json).

With the \`nats\` command line, and \`NATS_URL\` set (a running \`npm start\` writes it to \`.vigia/environment\`):

\`\`\`sh
nats sub 'vigia.event.consistency-issue.>'                          # findings, as they come
nats sub 'vigia.event.consistency-issue.opened.critical.*'          # new ones that are critical
nats sub --since 1h 'vigia.event.run.failed.>'                      # failed runs of the last hour, then new ones
nats pub vigia.command.chain-sync.resync '{"fromBlock":100}'        # a command; its data is the whole body
nats sub 'vigia.event.command.>'                                    # what becomes of commands
\`\`\``;

function envelope(): string {
  const rows = Object.entries(HEADER_MEANINGS).map(([attribute, meaning]) => [
    code(ENVELOPE_HEADERS[attribute as keyof Envelope]),
    meaning,
  ]);
  rows.push([code("ce-sequence"), "On events: a number that grows along the events of one thing"]);
  return `## Envelope

CloudEvents 1.0, NATS binding, binary mode: the body is the plain JSON payload, the attributes are headers. Structured mode
(\`content-type: application/cloudevents+json\`) is accepted too. A command from a person may carry no headers at all; its
id is then \`<stream>:<sequence>\`.

${table(["header", "meaning"], rows)}`;
}

function streams(): string {
  const rows = Object.values(STREAMS).map((stream: StreamDefinition) => [
    code(stream.name),
    stream.subjects.map(code).join(", "),
    stream.retention === "workqueue" ? "until it is handled" : keeps(stream),
    stream.why,
  ]);
  return `## Streams

A second message with the same id is dropped within ${DUPLICATE_WINDOW_MS / 60_000} minutes.

${table(["stream", "subjects", "keeps", "why"], rows)}`;
}

function keeps({ maxAgeMs, maxBytes }: StreamDefinition): string {
  return [
    ...(maxAgeMs ? [`${maxAgeMs / DAY_MS} days`] : []),
    ...(maxBytes ? [`at most ${maxBytes / MIB} MiB`] : []),
  ].join(", ");
}

function ticks(): string {
  const rows = scheduledTasks(TASK_NAMES).map((name) => {
    const { schedule, timeLimitSeconds, description } = taskDefinition(name);
    const missed = missedInWords(taskDefinition(name));
    const lock = lockOf(name) === name ? "" : code(lockOf(name));
    return [code(tickSubject(name)), code(schedule ?? ""), missed, `${timeLimitSeconds} s`, lock, description];
  });
  return `## Ticks

A task is due. Schedules are cron expressions in UTC and can be changed by configuration; tasks that share a lock exclude
each other. Instants that passed while no scheduler was there, or while their schedule was paused, are counted on record as
one skipped run that names how many there were and from when to when. While a tick waits or runs, the next one of its task is
skipped, on record too.

${table(["subject", "default schedule", "when missed", "time limit", "shared lock", "task"], rows)}

${fieldsAndExamples(tickChannel())}`;
}

function missedInWords({ misfire = "once", catchUpWindowSeconds }: TaskDefinition): string {
  if (misfire === "skip") return "skipped";
  return catchUpWindowSeconds === undefined ? "one tick for all" : `one tick for those of ${catchUpWindowSeconds} s`;
}

function commands(): string {
  const sections = commandChannels().map(
    (channel) => `### ${code(channel.address)}

${channel.description}.${valuesOf(channel)}

${fieldTable(channel.payload)}

${channel.examples.map(({ subject, data }) => shell(`nats pub ${subject} '${JSON.stringify(data)}'`)).join("\n\n")}`,
  );
  return `## Commands

Anyone who may publish them can: each is carried out once, in order per job, however long its service was down. One that
is malformed or impossible is never tried again: it is kept as a dead letter, and \`vigia.event.command.rejected\` says what
was wrong, naming the field. Fields that are not listed are refused.

${sections.join("\n\n")}`;
}

function events(): string {
  const channels = eventChannels();
  const rows = channels.map(({ type, address, description }) => [
    `[${code(type)}](#${anchor(type)})`,
    code(address),
    description,
  ]);
  const sections = channels.map(
    (channel) => `### ${code(channel.type)}

${code(channel.address)}: ${channel.description}.${valuesOf(channel)}

${fieldsAndExamples(channel)}`,
  );
  return `## Events

Namespace first, identifiers last, so that subscribers filter by what they know. An event is published if and only if its
change is committed, in order for each thing it is about. New fields may come: readers pass over what they do not know.

${table(["type", "subject", "when"], rows)}

${sections.join("\n\n")}`;
}

const DEAD_LETTERS = `## Dead letters

What nobody could handle is kept on \`vigia.deadletter.<stream>.<consumer>\`, as it came: body and headers, and three headers
beside them. \`vigia deadletters\` lists them with their numbers, which are their places in the stream.

| header | meaning |
| --- | --- |
| \`vigia-subject\` | The subject that it came on |
| \`vigia-reason\` | Why it could not be handled |
| \`vigia-tries\` | How often that was tried |

A replay puts the message back on its first subject with its own \`ce-id\`, so that whoever has handled it passes over it, and
with \`${REPLAY_HEADER}\`, which names the replay: its tries are counted anew.`;

function states(): string {
  const section = (title: string, transitions: Readonly<Record<string, readonly string[]>>) => {
    const rows = Object.entries(transitions).map(([from, to]) => [code(from), to.map(code).join(", ") || "the end"]);
    return `### ${title}\n\n${table(["state", "may become"], rows)}`;
  };
  return `## States

Steps that are not listed are never applied; they are reported as findings.

${section("Order", ORDER_TRANSITIONS)}

${section("Escrow", ESCROW_TRANSITIONS)}

${section("Dispute", DISPUTE_TRANSITIONS)}`;
}

function valuesOf({ values }: Channel): string {
  const known = Object.entries(values).map(([name, choices]) => `${code(`{${name}}`)} is ${oneOf(choices)}`);
  return known.length ? ` ${known.join("; ")}.` : "";
}

function oneOf(choices: readonly string[]): string {
  return choices.length === 1 ? choices.map(code).join() : `one of ${choices.map(code).join(", ")}`;
}

function fieldsAndExamples({ payload, examples }: Channel): string {
  const shown = examples.map(
    ({ subject, data }) => `On ${code(subject)}:\n\n\`\`\`json\n${JSON.stringify(data, undefined, 2)}\n\`\`\``,
  );
  return [fieldTable(payload), ...shown].join("\n\n");
}

/** As the sites that show Markdown make it from a heading. */
function anchor(heading: string): string {
  return heading.toLowerCase().replace(/[^\w-]/g, "");
}

function shell(line: string): string {
  return `\`\`\`sh\n${line}\n\`\`\``;
}

function code(text: string): string {
  return `\`${text}\``;
}
