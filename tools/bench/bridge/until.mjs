/** Lets everything else have its turn. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Resolves when the condition holds; throws after `limitMs`, in words that begin with `what`. */
export async function until(condition, what, limitMs = 120_000) {
  const end = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what} took longer than ${limitMs} ms`);
    await turn();
  }
}
