/**
 * Does something for each of these, in their order, for no more than so many at the same time: a machine that starts everything at
 * once spends its time on what it has to do twice. Rejects with what `work` throws, and begins nothing more then.
 */
export async function someAtATime<T>(
  items: readonly T[],
  count: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const waiting = [...items];
  const inTurn = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await work(next);
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: count }, inTurn));
}
