import { type Clock, withDeadline } from '@macula/core';
import type { MeshLayers } from './mesh-layers.ts';

/** How often it is looked, in milliseconds. */
const lookMs = 10;

export interface JoinOptions {
  /** Milliseconds until TimeoutError. Default 10,000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/**
 * Waits until a node has found its place: it knows the members that the others know, and has what it is to hold of
 * the directory. Throws TimeoutError or AbortedError.
 */
export async function whenJoined(
  layers: MeshLayers,
  clock: Clock,
  options: JoinOptions = {},
): Promise<void> {
  const { timeout = 10_000, signal } = options;
  const look = async (ended: AbortSignal): Promise<void> => {
    while (!ended.aborted && !(layers.membership.settled && layers.directory.settled)) {
      await new Promise<void>((resolve) => {
        clock.setTimer(resolve, lookMs);
      });
    }
  };
  await withDeadline(clock, look, { timeout, signal, what: 'joining the mesh' });
}
