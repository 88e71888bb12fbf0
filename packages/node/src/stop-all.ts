import type { Logger } from '@macula/core';

/** What is stopped, by its name, in this order. */
export type StopStep = readonly [what: string, stop: () => unknown];

/** One step that fails is logged and does not keep the others from running. */
export async function stopAll(steps: readonly StopStep[], logger: Logger): Promise<void> {
  for (const [what, stop] of steps) {
    try {
      await stop();
    } catch (error) {
      logger.error({ error, what }, 'a part of the node did not stop in good order');
    }
  }
}
