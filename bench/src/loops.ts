/** Runs `turn` in `clients` loops side by side for so long, and returns how many turns a second they came to together. */
export async function turnsPerSecond(
  clients: number,
  seconds: number,
  turn: (client: number) => Promise<unknown>,
): Promise<number> {
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_000;
  let turns = 0;
  const loop = async (client: number) => {
    while (performance.now() < endsAt) {
      await turn(client);
      turns += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => loop(client)));
  return (turns * 1_000) / (performance.now() - startedAt);
}
