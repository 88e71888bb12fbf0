import type { Clock, Timer } from '@macula/core';
import type { DialGate } from './dial-gate.ts';

export interface PersistentDialOptions {
  /** One attempt; a rejection means "again later". Must stop when `signal` fires. */
  readonly attempt: (signal: AbortSignal) => Promise<void>;
  /** Milliseconds to wait before attempt `attempt` (0 is the first). */
  readonly delayMs: (attempt: number) => number;
  readonly onFailure?: (error: unknown, attempt: number) => void;
}

/** Tries until it succeeds or is told to stop: wait, attempt, wait longer, attempt, … */
export class PersistentDial {
  readonly #clock: Clock;
  readonly #gate: DialGate;
  readonly #options: PersistentDialOptions;
  #failures = 0;
  #timer: Timer | undefined;
  #abort: AbortController | undefined;

  constructor(deps: { clock: Clock; gate: DialGate }, options: PersistentDialOptions) {
    this.#clock = deps.clock;
    this.#gate = deps.gate;
    this.#options = options;
  }

  /** Attempts that failed since the last `restart()`. */
  get failures(): number {
    return this.#failures;
  }

  get running(): boolean {
    return this.#timer !== undefined || this.#abort !== undefined;
  }

  /** Begins where the last run ended, unless it is running. */
  run(): void {
    if (!this.running) this.#schedule();
  }

  /** Begins anew, with the shortest delay. An attempt under way goes on. */
  restart(): void {
    this.#failures = 0;
    if (this.#abort !== undefined) return;
    this.#timer?.cancel();
    this.#schedule();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#abort?.abort();
    this.#abort = undefined;
  }

  #schedule(): void {
    this.#timer = this.#clock.setTimer(
      () => {
        this.#timer = undefined;
        void this.#attempt();
      },
      this.#options.delayMs(this.#failures),
      { background: true },
    );
  }

  async #attempt(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    const release = await this.#gate.enter(abort.signal);
    try {
      if (!abort.signal.aborted) await this.#options.attempt(abort.signal);
      if (this.#abort === abort) this.#abort = undefined;
    } catch (error) {
      if (this.#abort !== abort) return;
      this.#abort = undefined;
      this.#options.onFailure?.(error, this.#failures);
      this.#failures++;
      this.#schedule();
    } finally {
      release();
    }
  }
}
