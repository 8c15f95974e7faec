import { chain } from "@vigia/database";
import type { TaskContext } from "@vigia/runtime";
import type { Followed } from "./followed.ts";
import { StaleReadError } from "./stale-read.ts";

/** The cursor's block: the rows tell the state at its end, and so must what is read from the contract. */
export interface Pin {
  readonly number: number;
  readonly hash: string;
  readonly minedAt: Date;
}

/** Throws `StaleReadError` where the cursor's block is not remembered: before the first sync, or in the middle of a move. */
export async function pinOf({ database }: Pick<TaskContext, "database">, followed: Followed): Promise<Pin> {
  const cursor = await chain(database).cursor(followed);
  const number = cursor?.blockNumber ?? -1;
  const [block] = await chain(database).blocks(followed, number, number);
  if (!block || block.hash !== cursor?.blockHash) throw new StaleReadError(`block ${number} is not remembered`);
  return block;
}
