import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { commandSubject } from "@vigia/messages";
import type { Random } from "@vigia/testkit";
import type { SentCommand } from "./history.ts";
import { shuffle } from "./shuffle.ts";
import type { System } from "./system.ts";

const EVERY_MS = 400;
const PUBLISH_AGAIN_MS = 500;
const USERS = 12;

export interface Workload {
  readonly commands: readonly SentCommand[];
  /** How often each thing was done. */
  readonly done: Readonly<Record<string, number>>;
  readonly reorgs: number;
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

/** What the world does meanwhile: orders that expire, commands good and bad, trades on the chain, and small forks. */
export async function startWorkload(system: System, random: Random): Promise<Workload> {
  const commands: SentCommand[] = [];
  const done: Record<string, number> = {};
  const count = (what: string) => {
    done[what] = (done[what] ?? 0) + 1;
  };
  let stopped = false;
  let reorgs = 0;
  const users = await addUsers(system);

  async function addOrders() {
    const mayExpire = random.chance(0.8);
    const [seller, buyer] = shuffle(random, users);
    await system.database.query(
      `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                       status, deposit_tx, expires_at)
       SELECT gen_random_uuid(), $1, $2, '0x01', '0x02', 31337, '0x00', 1, 'created', $3, now() - interval '1 second'
         FROM generate_series(1, $4)`,
      [seller, buyer, mayExpire ? null : "0xdeposit", random.int(1, 9)],
    );
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
    if (!random.chance(0.1)) return;
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
  const loops = [loop(addOrders, EVERY_MS), loop(sendCommand, 3 * EVERY_MS), loop(trade, 3 * EVERY_MS)];
  return {
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
