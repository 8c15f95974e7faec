import type { Contender, Samples } from "./contender.ts";

export type Measured = ReadonlyMap<Contender, Samples>;

/**
 * Lets the contenders take turns, in each round another one first: whatever else the machine does meanwhile is shared
 * among them.
 */
export async function alternate(
  contenders: readonly Contender[],
  rounds: number,
  report: (line: string) => void,
): Promise<Measured> {
  const measured = new Map<Contender, Record<string, readonly number[]>>();
  for (let round = 0; round < rounds; round += 1) {
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      report(`round ${round + 1} of ${rounds}: ${contender.name}`);
      const so = measured.get(contender) ?? {};
      for (const [name, values] of Object.entries(await contender.measure())) {
        so[name] = [...(so[name] ?? []), ...values];
      }
      measured.set(contender, so);
    }
  }
  return measured;
}
