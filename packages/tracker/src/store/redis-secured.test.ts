import { type Authority, createAuthority, startRedisCluster, startRedisSentinelSet } from "@vigia/testkit";
import { silentLog } from "../log.ts";
import { describeStore } from "./conformance.ts";
import type { RedisPlace } from "./redis-place.ts";
import { createRedisStore, type RedisStore } from "./redis-store.ts";

/** The servers find each other without a login; ours may touch its own keys, and do nothing to the server. */
const USERS = `user default on nopass ~* &* +@all
user tracker on >secret ~vigia:* ~{vigia}:* resetchannels +@all -@admin -@dangerous +info +role
`;
const SENTINEL_USERS = `user default on nopass ~* &* +@all
user watcher on >watching &* -@all +auth +ping +sentinel|get-master-addr-by-name +sentinel|sentinels +subscribe`;
const LOGIN = "tracker:secret@";
const WRONG_LOGIN = "tracker:wrong@";

let authority: Authority;
let stranger: Authority;
let tls: { ca: string; cert: string; key: string };

beforeAll(async () => {
  [authority, stranger] = await Promise.all([createAuthority(), createAuthority("Somebody else")]);
  tls = { ca: authority.ca, ...(await authority.issue("127.0.0.1")) };
});

interface Group {
  readonly place: (login: string) => RedisPlace;
  stop(): Promise<void>;
}

const placesOf = (servers: readonly { readonly port: number }[]) =>
  servers.map(({ port }) => `127.0.0.1:${port}`).join(",");

async function startSentinels(): Promise<Group> {
  const set = await startRedisSentinelSet({ tls, users: USERS, sentinelUsers: SENTINEL_USERS });
  const watcher = { sentinelUsername: "watcher", sentinelPassword: "watching" };
  return {
    place: (login) => ({
      url: `rediss-sentinel://${login}${placesOf(set.sentinels)}/0?master=${set.name}`,
      tls: { ca: authority.ca },
      ...watcher,
    }),
    stop: () => set.stop(),
  };
}

async function startCluster(): Promise<Group> {
  const cluster = await startRedisCluster({ tls, users: USERS });
  return {
    place: (login) => ({ url: `rediss-cluster://${login}${placesOf(cluster.nodes)}`, tls: { ca: authority.ca } }),
    stop: () => cluster.stop(),
  };
}

function createStore(where: RedisPlace): RedisStore {
  const clock = { now: () => new Date() };
  const reports = { onDegraded() {}, onRestored() {} };
  return createRedisStore({ where, commandTimeoutMs: 1_000, clock, log: silentLog, ...reports });
}

describe.each([
  ["sentinels", startSentinels],
  ["a cluster", startCluster],
])("redis store of %s with TLS and users", (_, startGroup) => {
  let group: Group;
  let store: RedisStore;

  beforeAll(async () => {
    group = await startGroup();
    store = createStore(group.place(LOGIN));
    await store.open();
  });
  afterAll(async () => {
    await store.close();
    await group.stop();
  });

  describeStore(() => store);

  it.each([
    ["with a wrong password", (): RedisPlace => group.place(WRONG_LOGIN)],
    ["whose certificates come from somebody else", () => ({ ...group.place(LOGIN), tls: { ca: stranger.ca } })],
    [
      "in plain",
      () => ({ ...group.place(LOGIN), url: group.place(LOGIN).url.replace("rediss", "redis"), tls: undefined }),
    ],
  ])("does not open one %s", async (_name, placeOf) => {
    const other = createStore(placeOf());
    await expect(other.open()).rejects.toThrow();
    await other.close();
  });
});
