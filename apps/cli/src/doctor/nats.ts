import { setTimeout as sleep } from "node:timers/promises";
import { type ConsumerAccess, consumersOf, SERVICES } from "@vigia/access";
import type { ConsumerState, StreamState } from "@vigia/runtime";
import { serverOf, withBus } from "../servers.ts";
import type { Session } from "../session.ts";
import { readNatsSetting } from "../settings.ts";
import type { Examined, Finding } from "./finding.ts";

const OLDEST = [2, 9] as const;
/** Beyond that part of what JetStream may store, somebody should make room. */
const STORAGE_LIMIT = 0.8;
/** A service asks for more at least once a second. */
const SECOND_LOOK_MS = 1_500;

export async function examineNats(session: Session): Promise<Examined> {
  const server = serverOf(await readNatsSetting(session));
  return withBus(session, async (bus) => {
    const { inspectBus } = await import("@vigia/runtime");
    const durables = SERVICES.flatMap(consumersOf);
    const seen = await inspectBus(bus, durables);
    const inspectLater = async () => {
      await sleep(SECOND_LOOK_MS, undefined, { signal: session.terminal.signal });
      return inspectBus(bus, durables);
    };
    const again = seen.consumers.some(isLeft) ? await inspectLater() : seen;
    const stored = seen.streams.reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      part: "NATS",
      state: "seen",
      facts: [server, `nats-server ${seen.version}`, `streams hold ${mebibytes(stored)}`],
      findings: [
        ...oldVersion(seen.version),
        ...seen.streams.flatMap(onStream),
        ...seen.consumers.flatMap((consumer, index) => onConsumer(consumer, again.consumers[index])),
        ...onStorage(seen.storage),
      ],
    };
  });
}

export function oldVersion(version: string): Finding[] {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return [];
  return [
    {
      level: "warning",
      what: `NATS is ${version}; Vigia is tried with ${OLDEST.join(".")} and later.`,
      why: "An old server ignores settings that it does not know.",
      command: "Upgrade it: https://docs.nats.io/running-a-nats-service/nats_admin/upgrading_cluster",
    },
  ];
}

function onStream({ name, isThere, wrong }: StreamState): Finding[] {
  if (!isThere) {
    return [
      {
        level: "critical",
        what: `The stream ${name} is not there.`,
        why: "What it would hold is not taken. What Postgres knows of is told again once it is made anew.",
        command: "docker compose restart scheduler   # each service makes what is missing when it starts",
      },
    ];
  }
  if (wrong.length === 0) return [];
  return [
    {
      level: "warning",
      what: `The stream ${name} is not as it should be: ${wrong.join(", ")}.`,
      why: "Ticks may overlap, or messages be dropped sooner than is promised.",
      command: "docker compose restart scheduler   # it puts right what can be changed, and names what can't",
    },
  ];
}

function onConsumer(consumer: ConsumerState, again: ConsumerState | undefined): Finding[] {
  const { durable, stream, isThere, wrong } = consumer;
  const service = serviceOf(durable);
  const restart = `docker compose restart ${service}`;
  if (!isThere) {
    return [
      {
        level: "critical",
        what: `${service}'s consumer ${durable} of ${stream} is not there.`,
        why: "What is addressed to it waits in the stream until its service makes it.",
        command: `${restart}   # it makes it when it starts`,
      },
    ];
  }
  const different: Finding = {
    level: "warning",
    what: `The consumer ${durable} is not as it should be: ${wrong.join(", ")}.`,
    why: "Messages may be given up, or handed to two processes.",
    command: `${restart}   # it puts that right when it starts`,
  };
  const left: Finding = {
    level: "critical",
    what: `${count(consumer.waiting)} for ${durable} ${consumer.waiting === 1 ? "waits, and nobody asks for it" : "wait, and nobody asks for them"}.`,
    why: `${service} does none of its work. Nothing is lost.`,
    command: `vigia logs ${service} --level warn   # then: ${restart}`,
  };
  const isStill = again !== undefined && isLeft(consumer) && isLeft(again) && again.handedOut === consumer.handedOut;
  return [...(wrong.length ? [different] : []), ...(isStill ? [left] : [])];
}

/** Messages are there, none is being handled, and nobody has asked for one just now. */
function isLeft({ waiting, inHands, asking }: ConsumerState): boolean {
  return waiting > 0 && inHands === 0 && asking === 0;
}

function serviceOf(durable: string): string {
  const owns = (consumers: readonly ConsumerAccess[]) => consumers.some((each) => each.durable === durable);
  return SERVICES.find((service) => owns(consumersOf(service)))?.name ?? "";
}

export function onStorage({ used, limit }: { readonly used: number; readonly limit: number | undefined }): Finding[] {
  if (limit === undefined || used < STORAGE_LIMIT * limit) return [];
  return [
    {
      level: "critical",
      what: `JetStream holds ${mebibytes(used)} of the ${mebibytes(limit)} that its account may.`,
      why: "Once it is full, no tick, command or event is taken.",
      command: "Raise max_store of the account in NATS' configuration, or see what grows: nats stream report",
    },
  ];
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

function count(messages: number): string {
  return `${messages} message${messages === 1 ? "" : "s"}`;
}
