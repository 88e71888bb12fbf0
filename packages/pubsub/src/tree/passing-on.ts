import type { Clock } from '@macula/core';
import type { Branch } from './branch.ts';
import { type KeptTreeEvent, keepTreeEvent, type TreeEvent } from './tree-event.ts';

/**
 * Sends an event down every branch that has not acknowledged it; those whose links have no room share one copy of it. Gives how many
 * links have taken it.
 */
export function passOn(branches: readonly Branch[], event: TreeEvent, clock: Clock): number {
  let kept: KeptTreeEvent | undefined;
  let taken = 0;
  for (let i = 0; i < branches.length; i++) {
    const branch = branches[i] as Branch;
    if (branch.gone || branch.hasHandled(event)) continue;
    if (branch.send(event)) taken++;
    else branch.keep((kept ??= keepTreeEvent(event, clock.now())));
  }
  return taken;
}
