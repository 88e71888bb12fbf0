import { nextTick } from 'node:process';
import { setImmediate } from 'node:timers';

/** Cheap turns in a row, after which the real event loop gets its turn whatever the time is. */
const mostWithoutTheLoop = 1_000;

/**
 * Lets promises settle between the instants of virtual time. Node empties the queue of microtasks before it runs the
 * next tick, so waiting for a tick is enough for promise chains and costs a tenth of a turn of the real event
 * loop, which a simulation of thousands of nodes would otherwise take for every packet. The real loop, with its I/O and
 * its signals, still turns at least once for every millisecond of virtual time in which anything happens.
 */
export class EventLoopTurns {
  private loopedAt = Number.NEGATIVE_INFINITY;
  private sinceLoop = 0;

  /** Resolves when all microtasks and ticks that can run at virtual `time` have run. */
  take(time: number): Promise<void> {
    if (time - this.loopedAt < 1 && ++this.sinceLoop < mostWithoutTheLoop) {
      return new Promise(nextTick);
    }
    return this.takeWhole(time);
  }

  /** A turn of the real event loop. */
  takeWhole(time: number): Promise<void> {
    this.loopedAt = time;
    this.sinceLoop = 0;
    return new Promise(afterEvents);
  }
}

function afterEvents(resolve: () => void): void {
  setImmediate(resolve);
}
