/** Milliseconds. Longer than anything takes on a busy machine, shorter than jest waits for a test. */
export const PATIENCE = 100_000;

/** Waits for what comes about by itself. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what = () => 'It never came about',
): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(what());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
