import { createHash } from "node:crypto";
import { TASK_NAMES } from "@vigia/messages";
import { IDENTITIES_OF, loginOf, type Passwords } from "./identity.ts";
import { locksOf, SERVICES, type Service, turnsOf } from "./service.ts";

/** What the tracker begins its keys with: on one server, and in a Cluster. */
const PREFIXES = ["vigia:", "{vigia}:"];

/** The tracker's commands; scripts may do no more than the user who runs them. `INFO` tells whether Redis forgets. */
const COMMANDS = [
  ...["get", "set", "del", "exists", "mget", "incr", "pttl", "pexpire"],
  ...["hset", "hdel", "hget", "hgetall", "zadd", "zremrangebyscore", "zrevrangebyscore"],
  ...["eval", "evalsha", "multi", "exec", "discard", "scan", "ping", "info", "select", "role", "cluster|slots"],
];

/** Looks at what the services keep. */
const OPERATORS_RIGHTS = `${PREFIXES.map((prefix) => `%R~${prefix}*`).join(" ")} ${only(["@read", "ping", "info"])}`;

/**
 * The users as a file for Redis' `aclfile`. It holds hashes alone. Whoever comes without a login may ask whether the
 * server is there, and nothing else.
 */
export function redisUsers({ redis }: Pick<Passwords, "redis">): string {
  const users = IDENTITIES_OF.redis.map((identity) => {
    const service = SERVICES.find(({ name }) => name === identity);
    const rights = service ? `${keysOf(service).join(" ")} ${only(COMMANDS)}` : OPERATORS_RIGHTS;
    const hash = createHash("sha256")
      .update(redis[identity] ?? "")
      .digest("hex");
    return `user ${loginOf(identity)} on #${hash} ${rights}`;
  });
  return `${[`user default on nopass ${only(["ping"])}`, ...users].join("\n")}\n`;
}

function only(commands: readonly string[]): string {
  return `resetchannels -@all ${commands.map((name) => `+${name}`).join(" ")}`;
}

/** Its own locks, states, runs and heartbeats. It may see who holds the others' locks: recovery looks through all. */
function keysOf(service: Service): string[] {
  const { name, keepsTheBus } = service;
  const recorded = keepsTheBus ? TASK_NAMES : locksOf(service);
  const own = [
    "probe",
    // What all of them begin with: the script that lists the locks is given it as a key.
    "lock:",
    `owner:${name}@*`,
    `running:${name}`,
    ...locksOf(service).flatMap((lock) => [`lock:${lock}`, `fence:${lock}`, `state:${lock}`]),
    ...turnsOf(service).flatMap((lock) => [`lock:${lock}`, `fence:${lock}`]),
    ...recorded.flatMap((task) => [`executions:${task}`, `execution:${task}:*`]),
  ];
  return PREFIXES.flatMap((prefix) => [`%R~${prefix}lock:*`, ...own.map((key) => `~${prefix}${key}`)]);
}
