import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { commandSubject } from "@vigia/messages";
import type { Random } from "@vigia/testkit";
import type { SentCommand } from "./history.ts";
import { type Plants, startPlants } from "./plants.ts";
import { shuffle } from "./shuffle.ts";
import type { System } from "./system.ts";
import { moveWorld, tellStubborn } from "./world-events.ts";

const EVERY_MS = 400;
const PUBLISH_AGAIN_MS = 500;
const USERS = 12;
/** How many trades there are from one fork to the next. */
const FORK_AFTER = [4, 16] as const;

export interface Workload {
  readonly commands: readonly SentCommand[];
  /** How often each thing was done. */
  readonly done: Readonly<Record<string, number>>;
  readonly reorgs: number;
  /** They go on until they are stopped themselves: in the calm some are found, mended, and found to be. */
  readonly plants: Plants;
  /** Resolves when what was begun is done. */
  stop(): Promise<void>;
}

type Life = readonly ("fund" | "lock" | "release" | "refund" | "cancelByBuyer" | "dispute" | "resolve")[];

const LIVES: readonly Life[] = [
  ["fund", "lock", "release"],
  ["fund", "lock", "refund"],
  ["cancelByBuyer"],
  ["fund", "dispute", "resolve"],
];

/**
 * What the world does meanwhile: orders that expire and orders that are wrong, commands good and bad, events, trades on
 * the chain, and small forks. With `withStubborn` one event's last try is some minutes away.
 */
export async function startWorkload(
  system: System,
  random: Random,
  { withStubborn }: { readonly withStubborn: boolean },
): Promise<Workload> {
  const commands: SentCommand[] = [];
  const done: Record<string, number> = {};
  const count = (what: string) => {
    done[what] = (done[what] ?? 0) + 1;
  };
  let stopped = false;
  let reorgs = 0;
  let tradesToFork: number = FORK_AFTER[0];
  const users = await addUsers(system);
  if (withStubborn) await tellStubborn(system.database);

  async function move() {
    await moveWorld(system.database);
    count("events of the world");
  }

  async function addOrders() {
    await insertOrders(system, users, random);
    count("orders added");
  }

  async function sendCommand() {
    const id = randomUUID();
    const poison = random.chance(0.3);
    const body = poison ? { task: "unheard-of" } : { task: "expire-orders" };
    // Until the bus says that it has it; the id makes it one.
    for (;;) {
      try {
        await system.bus.publish(commandSubject("cleanup", "run"), body, { "ce-id": id, "Nats-Msg-Id": id });
        break;
      } catch {
        await sleep(PUBLISH_AGAIN_MS);
      }
    }
    commands.push({ id, poison });
    count(poison ? "poison commands" : "commands");
  }

  async function trade() {
    const { id } = await system.chain.createEscrow();
    for (const step of random.pick(LIVES)) {
      if (step === "resolve") await system.chain.resolve(id, true);
      else await system.chain[step](id);
    }
    count("trades");
    tradesToFork -= 1;
    if (tradesToFork > 0) return;
    tradesToFork = random.int(...FORK_AFTER);
    await system.chain.reorg(random.int(1, 4));
    reorgs += 1;
    count("forks");
  }

  async function loop(action: () => Promise<void>, everyMs: number) {
    while (!stopped) {
      // A store that is away, or a trade that a fork undid: the world goes on with the next.
      await action().catch(() => count("attempts in vain"));
      await sleep(everyMs);
    }
  }
  const loops = [
    loop(addOrders, EVERY_MS),
    loop(move, EVERY_MS),
    loop(sendCommand, 3 * EVERY_MS),
    loop(trade, 3 * EVERY_MS),
  ];
  return {
    plants: startPlants(system, users, random),
    commands,
    done,
    get reorgs() {
      return reorgs;
    },
    async stop() {
      stopped = true;
      await Promise.all(loops);
    },
  };
}

async function insertOrders({ database }: System, users: readonly string[], random: Random): Promise<void> {
  const mayExpire = random.chance(0.8);
  const [seller, buyer] = shuffle(random, users);
  await database.query(
    `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                     status, deposit_tx, expires_at)
     SELECT gen_random_uuid(), $1, $2, '0x01', '0x02', 31337, '0x00', 1, 'created', $3, now() - interval '1 second'
       FROM generate_series(1, $4)`,
    [seller, buyer, mayExpire ? null : "0xdeposit", random.int(1, 9)],
  );
}

async function addUsers({ database }: System): Promise<string[]> {
  const ids = Array.from({ length: USERS }, () => randomUUID());
  await database.query(
    `INSERT INTO marketplace.users (id, name, address, language)
     SELECT id, 'user ' || number, '0x' || number, CASE WHEN number % 2 = 0 THEN 'es' ELSE 'en' END
       FROM unnest($1::uuid[]) WITH ORDINALITY AS given (id, number)`,
    [ids],
  );
  return ids;
}
