/** Waits for what comes about by itself, at most 20 seconds. */
export async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error('It never came about');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
