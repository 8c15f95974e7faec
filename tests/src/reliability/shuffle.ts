import type { Random } from "@vigia/testkit";

/** The items in an order that the seed draws. */
export function shuffle<T>(random: Random, items: readonly T[]): T[] {
  const rest = [...items];
  return items.flatMap(() => rest.splice(random.int(0, rest.length), 1));
}
