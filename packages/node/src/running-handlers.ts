import { type Clock, TimeoutError, withDeadline } from '@macula/core';
import type { CallHandler } from '@macula/rpc';

/** Counts the call handlers that are at work, so that a node that stops can let them finish. */
export class RunningHandlers {
  readonly #clock: Clock;
  #running = 0;
  #onIdle: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#running;
  }

  /** `handler`, counted while the promise it has returned is pending; what answers in the same turn costs no more than a look at its result. */
  counted(handler: CallHandler): CallHandler {
    return (args, context) => {
      const result = handler(args, context);
      if (result instanceof Promise) {
        this.#running++;
        result.then(this.#ended, this.#ended);
      }
      return result;
    };
  }

  /** Resolves when none is at work, or after `timeout` milliseconds. */
  async idle(timeout: number): Promise<void> {
    if (this.#running === 0 || timeout === 0) return;
    const idle = new Promise<void>((resolve) => (this.#onIdle = resolve));
    try {
      await withDeadline(this.#clock, idle, { timeout, what: 'waiting for call handlers' });
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    }
  }

  readonly #ended = (): void => {
    this.#running--;
    if (this.#running === 0) this.#onIdle?.();
  };
}
