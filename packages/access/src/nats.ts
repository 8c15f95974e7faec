import { STREAMS } from "@vigia/messages";
import { IDENTITIES_OF, loginOf, type Passwords } from "./identity.ts";
import { type ConsumerAccess, consumersOf, SERVICES, type Service, targetsOf } from "./service.ts";

/** What a user of NATS may publish and hear: subjects with wildcards. What is denied counts before what is allowed. */
interface BusRights {
  readonly publish: readonly string[];
  readonly publishNever?: readonly string[];
  readonly subscribe: readonly string[];
  readonly subscribeNever?: readonly string[];
}

const STREAM_NAMES = Object.values(STREAMS).map(({ name }) => name);
const QUEUES: readonly string[] = [STREAMS.ticks.name, STREAMS.commands.name];

/**
 * What a service may do on the bus. Any may make one of our streams where it is missing, so that none waits for another
 * after a loss; that changes nothing of a stream that is there. Only the scheduler may change one; nobody deletes.
 */
function rightsOf(service: Service): BusRights {
  const { name, job, tells, gives, keepsTheBus } = service;
  const consumers = consumersOf(service);
  return {
    publish: [
      ...STREAM_NAMES.flatMap((stream) => [api(`STREAM.INFO.${stream}`), api(`STREAM.CREATE.${stream}`)]),
      ...consumers.flatMap(consuming),
      ...tells,
      ...gives,
      ...(job ? [`vigia.event.run.*.${job}.>`] : []),
      ...targetsOf(service).map((target) => `vigia.event.command.*.${target}.>`),
      "vigia.event.tracker.*",
      "vigia.event.deadletter.added.*",
      ...consumers.map(({ stream, durable }) => `vigia.deadletter.${stream}.${durable}`),
      ...(keepsTheBus ? keeping() : []),
    ],
    subscribe: [`_INBOX.${name}.>`],
  };
}

/** A consumer of a queue is made anew where a server that was killed left a message behind it. */
function consuming({ stream, durable, filter }: ConsumerAccess): string[] {
  return [
    ...(QUEUES.includes(stream) ? [api(`CONSUMER.DELETE.${stream}.${durable}`)] : []),
    api(`CONSUMER.INFO.${stream}.${durable}`),
    api(`CONSUMER.CREATE.${stream}.${durable}.${filter}`),
    api(`CONSUMER.MSG.NEXT.${stream}.${durable}`),
    `$JS.ACK.${stream}.${durable}.>`,
  ];
}

/** A dead letter goes back to the subject that it came on, be it a tick, a command or an event. */
function keeping(): string[] {
  return [
    ...[STREAMS.ticks, STREAMS.commands, STREAMS.events].flatMap(({ subjects }) => subjects),
    ...STREAM_NAMES.map((stream) => api(`STREAM.UPDATE.${stream}`)),
    ...QUEUES.flatMap((stream) => [
      api(`STREAM.MSG.GET.${stream}`),
      api(`STREAM.MSG.DELETE.${stream}`),
      `vigia.deadletter.${stream}.nobody`,
    ]),
  ];
}

/** Plain tools hear their answers on `_INBOX.>`; those of the services are not for them. */
function operatorRights(): BusRights {
  const events = STREAMS.events.name;
  const taken = SERVICES.flatMap(({ reads }) => Object.keys(reads));
  return {
    publish: [
      ...STREAMS.commands.subjects,
      ...["INFO", "STREAM.LIST", "STREAM.NAMES", "STREAM.INFO.*", "STREAM.MSG.GET.*", "DIRECT.GET.>"].map(api),
      ...["CONSUMER.LIST.*", "CONSUMER.NAMES.*", "CONSUMER.INFO.*.*"].map(api),
      ...[`CONSUMER.CREATE.${events}.*.>`, `CONSUMER.DELETE.${events}.*`, `CONSUMER.MSG.NEXT.${events}.*`].map(api),
      `$JS.ACK.${events}.>`,
    ],
    publishNever: taken.flatMap((durable) => [
      ...[`CREATE.${events}.${durable}.>`, `DELETE.${events}.${durable}`, `MSG.NEXT.${events}.${durable}`].map((verb) =>
        api(`CONSUMER.${verb}`),
      ),
      `$JS.ACK.${events}.${durable}.>`,
    ]),
    subscribe: ["vigia.>", "_INBOX.>"],
    subscribeNever: SERVICES.map(({ name }) => `_INBOX.${name}.>`),
  };
}

function api(call: string): string {
  return `$JS.API.${call}`;
}

/** The users as a file for `nats-server --config`; nobody else is let in. It holds the passwords. */
export function natsConfiguration({ nats }: Pick<Passwords, "nats">): string {
  const users = IDENTITIES_OF.nats.map((identity) => {
    const service = SERVICES.find(({ name }) => name === identity);
    return userOf(identity, nats[identity] ?? "", service ? rightsOf(service) : operatorRights());
  });
  return `authorization {
  users = [
${users.join("\n")}
  ]
}
`;
}

function userOf(identity: string, password: string, rights: BusRights): string {
  const part = (allow: readonly string[], deny: readonly string[] = []) =>
    `{ allow: ${list(allow)}${deny.length ? `, deny: ${list(deny)}` : ""} }`;
  return `    {
      user: "${loginOf(identity)}", password: "${password}"
      permissions {
        publish: ${part(rights.publish, rights.publishNever)}
        subscribe: ${part(rights.subscribe, rights.subscribeNever)}
      }
    }`;
}

function list(subjects: readonly string[]): string {
  return `[\n${subjects.map((subject) => `          "${subject}"`).join("\n")}\n        ]`;
}
