/** Settles as `work` does, or rejects with the signal's reason once it aborts. The work itself is left to end by itself. */
export async function unless<T>(enough: AbortSignal, work: Promise<T>): Promise<T> {
  let giveUp = () => {};
  const over = new Promise<never>((_, reject) => {
    giveUp = () => reject(enough.reason);
    if (enough.aborted) giveUp();
    else enough.addEventListener("abort", giveUp, { once: true });
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    enough.removeEventListener("abort", giveUp);
  }
}
