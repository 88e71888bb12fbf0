import { AbortedError, LimitExceededError } from '@macula/core';

/** Gives back the place of a dial that has ended. Idempotent. */
export type ReleasePlace = () => void;

interface Waiting {
  readonly admit: () => void;
}

/** Lets a bounded number of dials run at once; a bounded number waits, first come first served. */
export class DialQueue {
  private readonly maxRunning: number;
  private readonly maxWaiting: number;
  private readonly waiting = new Set<Waiting>();
  private running = 0;

  constructor(maxRunning: number, maxWaiting: number) {
    this.maxRunning = maxRunning;
    this.maxWaiting = maxWaiting;
  }

  /** Resolves when it is this dial's turn. Throws LimitExceededError when the queue is full, AbortedError when `signal` fires. */
  enter(signal: AbortSignal): Promise<ReleasePlace> {
    if (this.running < this.maxRunning) return Promise.resolve(this.place());
    if (this.waiting.size >= this.maxWaiting) {
      return Promise.reject(
        new LimitExceededError(
          `${this.waiting.size} dials wait already (maxQueuedDials); try again later`,
        ),
      );
    }
    return new Promise((resolve, reject) => {
      const waiting = {
        admit: () => {
          signal.removeEventListener('abort', aborted);
          resolve(this.place());
        },
      };
      const aborted = (): void => {
        this.waiting.delete(waiting);
        reject(new AbortedError('the dial was aborted in the queue', { cause: signal.reason }));
      };
      this.waiting.add(waiting);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  private place(): ReleasePlace {
    this.running += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.running -= 1;
      const [next] = this.waiting;
      if (next === undefined) return;
      this.waiting.delete(next);
      next.admit();
    };
  }
}
