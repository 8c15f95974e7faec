import { setTimeout as sleep } from "node:timers/promises";
import type { Chain, Random } from "@vigia/testkit";

/** What happens on the chain in one test: lives of escrows, empty blocks and forks, as the seed has it. */
export interface Story {
  /** Some more of it. */
  goOn(): Promise<void>;
}

const DEEPEST_FORK = 6;
const MOST_ESCROWS = 14;

type Act = (chain: Chain, id: string) => Promise<unknown>;

/** What may be done with an escrow in each state of the contract. */
const ACTS: Readonly<Record<string, readonly Act[]>> = {
  PendingDeposit: [
    (chain, id) => chain.fund(id),
    (chain, id) => chain.fund(id),
    (chain, id) => chain.cancelByBuyer(id),
    (chain, id) => chain.cancelBySeller(id),
  ],
  Funded: [
    (chain, id) => chain.lock(id),
    (chain, id) => chain.lock(id),
    (chain, id) => chain.dispute(id),
    (chain, id) => chain.cancelBySeller(id),
  ],
  Locked: [(chain, id) => chain.release(id), (chain, id) => chain.refund(id), (chain, id) => chain.dispute(id)],
  Disputed: [
    (chain, id) => chain.resolve(id, true),
    (chain, id) => chain.resolve(id, false),
    (chain, id) => chain.split(id, 1n, 999_999n),
  ],
};

export function createStory(chain: Chain, random: Random): Story {
  let ids: string[] = [];
  /** Of these, those whose seller is the usual one. */
  let usual: string[] = [];
  let snapshot: string | undefined;

  async function create(): Promise<void> {
    const { id } = await chain.createEscrow(random.chance(0.3) ? { token: chain.tokenAddress } : {});
    ids.push(id);
    usual.push(id);
  }

  async function act(id: string): Promise<void> {
    const { state } = await chain.escrowOf(id);
    const acts = ACTS[state];
    if (acts) await random.pick(acts)(chain, id);
  }

  /** Transactions of several senders in one block: the node numbers those of one sender only when it knows them all. */
  async function actTogether(): Promise<void> {
    await chain.setAutomine(false);
    let isOver = false;
    const creating = chain.accounts.others.slice(0, 3).map(async (seller) => {
      const { id } = await chain.createEscrow({ seller });
      ids.push(id);
    });
    const acting = Promise.all([...creating, ...(usual.length ? [act(random.pick(usual))] : [])]).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await sleep(15);
      await chain.mine();
    }
    await chain.setAutomine(true);
    await acting;
  }

  async function fork(): Promise<void> {
    const depth = random.int(1, DEEPEST_FORK + 1);
    if ((await chain.headBlock()) - depth <= chain.startBlock) return;
    await chain.reorg(depth);
    // The fork may have taken the snapshot's block with it.
    snapshot = undefined;
    await forgetGone();
    // A chain that replaces another one is longer.
    await chain.mine(random.int(1, 3));
  }

  async function goBack(): Promise<void> {
    if (snapshot === undefined) {
      snapshot = await chain.snapshot();
      return;
    }
    const before = await chain.headBlock();
    await chain.revert(snapshot);
    snapshot = undefined;
    await chain.mine(random.int(1, 3));
    await chain.mine(Math.max(1, before - (await chain.headBlock()) + 1));
    await forgetGone();
  }

  async function forgetGone(): Promise<void> {
    const states = await Promise.all(ids.map((id) => chain.escrowOf(id)));
    ids = ids.filter((_, index) => states[index]?.state !== "None");
    usual = usual.filter((id) => ids.includes(id));
  }

  return {
    async goOn() {
      for (let count = random.int(1, 5); count > 0; count--) {
        const dice = random.next();
        if (ids.length === 0 || (dice < 0.25 && ids.length < MOST_ESCROWS)) await create();
        else if (dice < 0.72) await act(random.pick(ids));
        else if (dice < 0.8) await actTogether();
        else if (dice < 0.86) await chain.mine(random.int(1, 6));
        else if (dice < 0.95) await fork();
        else await goBack();
      }
    },
  };
}
