/** Waits for what comes about by itself; the patience is in milliseconds. */
export async function until(holds: () => boolean, patience = 20_000): Promise<void> {
  const end = Date.now() + patience;
  while (!holds()) {
    if (Date.now() > end) throw new Error('It never came about');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
