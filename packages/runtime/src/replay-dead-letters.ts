import type { DeadLetter, Transaction } from "@vigia/database";
import type { Replay } from "@vigia/messages";
import type { Bus } from "./bus/bus.ts";
import { putBack } from "./bus/dead-letter.ts";
import { CommandRejectedError } from "./errors.ts";
import { defineCommand, type ServiceCommand } from "./task/service-command.ts";

/** As many letters as one command puts back at most; it says how many are left. */
const LIMIT = 500;

/**
 * Puts dead letters back on the subjects that they came on, and marks them resolved. They are published before that
 * commits: should the commit be lost, the next try publishes them again under the same ids.
 */
export function replayDeadLetters({ bus }: { readonly bus: Bus }): ServiceCommand {
  return defineCommand("deadletters.replay", async ({ data, tx, log }) => {
    const letters = await claim(tx, data);
    const replayed: DeadLetter[] = [];
    for (const letter of letters) if (await putBack(bus, letter)) replayed.push(letter);
    if (replayed.length === 0) throw new CommandRejectedError(refusalOf(letters));
    await tx.deadLetters.resolve(replayed.map(({ id }) => id));
    for (const { id, subject } of replayed) log.info({ deadLetter: id, subject }, "dead letter replayed");
    const remaining = data.consumer === undefined ? {} : { remaining: await tx.deadLetters.countOpen(data.consumer) };
    return { replayed: replayed.length, ...remaining };
  });
}

async function claim({ deadLetters }: Transaction, { sequence, consumer }: Replay): Promise<DeadLetter[]> {
  if (sequence === undefined) {
    const letters = await deadLetters.claim({ consumer: consumer ?? "", limit: LIMIT });
    if (letters.length) return letters;
    throw new CommandRejectedError(`consumer: "${consumer}" has no unresolved dead letters`);
  }
  const letters = await deadLetters.claim({ sequence });
  if (letters.length) return letters;
  const resolvedAt = await deadLetters.resolvedAt(sequence);
  throw new CommandRejectedError(
    resolvedAt
      ? `sequence: dead letter ${sequence} was replayed already, at ${resolvedAt.toISOString()}`
      : `sequence: there is no dead letter ${sequence}`,
  );
}

function refusalOf(letters: readonly DeadLetter[]): string {
  const subjects = [...new Set(letters.map(({ subject }) => subject))].join(", ");
  return `a tick on ${subjects} still waits or runs; replay when it has ended`;
}
