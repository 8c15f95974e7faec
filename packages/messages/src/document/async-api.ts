import { ENVELOPE_HEADERS } from "../envelope.ts";
import { type Channel, commandChannels, eventChannels, tickChannel, variablesOf } from "./channel.ts";
import { HEADER_MEANINGS } from "./headers.ts";

const VERSION = "1.0.0";

/** Who does what with a message, as seen from Vigia. */
const ACTIONS = {
  tick: { send: "The scheduler publishes it", receive: "The service that has the job runs the task" },
  command: { receive: "The service that is addressed carries it out" },
  event: { send: "A service tells what has happened" },
} as const satisfies Record<Channel["kind"], { send?: string; receive?: string }>;

/** The AsyncAPI 3.0 document of every message. https://www.asyncapi.com/docs/reference/specification/v3.0.0 */
export function asyncApi() {
  const channels = [tickChannel(), ...commandChannels(), ...eventChannels()];
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Vigia",
      version: VERSION,
      description:
        "Every message of Vigia on NATS JetStream: CloudEvents 1.0 in binary mode, the attributes in headers, plain " +
        "JSON in the body. The same for people: messages.md.",
    },
    defaultContentType: "application/json",
    channels: Object.fromEntries(channels.map((channel) => [channel.type, channelOf(channel)])),
    operations: Object.fromEntries(channels.flatMap(operationsOf)),
    components: {
      messages: Object.fromEntries(channels.map((channel) => [channel.type, messageOf(channel)])),
      messageTraits: { envelope: { headers: headersSchema() } },
    },
  };
}

function channelOf({ type, address, description, values, payload }: Channel) {
  const parameters = variablesOf(address).map((name) => [
    name,
    {
      ...(values[name] ? { enum: values[name] } : {}),
      ...(payload.properties?.[name] ? { location: `$message.payload#/${name}` } : {}),
    },
  ]);
  return {
    address,
    description,
    ...(parameters.length ? { parameters: Object.fromEntries(parameters) } : {}),
    messages: { [type]: { $ref: `#/components/messages/${type}` } },
  };
}

function operationsOf({ type, kind }: Channel) {
  return Object.entries(ACTIONS[kind]).map(([action, summary]) => [
    `${action}.${type}`,
    { action, summary, channel: { $ref: `#/channels/${type}` } },
  ]);
}

function messageOf({ type, description, payload, examples }: Channel) {
  return {
    name: type,
    summary: description,
    payload,
    ...(examples.length ? { examples: examples.map(({ data }) => ({ payload: data })) } : {}),
    traits: [{ $ref: "#/components/messageTraits/envelope" }],
  };
}

/** None is required: a command from a person may come without any. */
function headersSchema() {
  const properties = Object.entries(HEADER_MEANINGS).map(([attribute, description]) => [
    ENVELOPE_HEADERS[attribute as keyof typeof ENVELOPE_HEADERS],
    { type: "string", description },
  ]);
  return { type: "object", properties: Object.fromEntries(properties) };
}
