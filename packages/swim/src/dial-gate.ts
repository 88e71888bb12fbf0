/** Lets a limited number of dials run at a time; the others wait in order. */
export class DialGate {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Resolves with the function that makes room again, also (and at once) when `signal` fires. */
  enter(signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve) => {
      const admit = (): void => {
        signal.removeEventListener('abort', giveUp);
        this.#inside++;
        resolve(() => this.#leave());
      };
      const giveUp = (): void => {
        const index = this.#waiting.indexOf(admit);
        if (index !== -1) this.#waiting.splice(index, 1);
        resolve(() => undefined);
      };
      if (signal.aborted) {
        giveUp();
      } else if (this.#inside < this.#limit) {
        admit();
      } else {
        this.#waiting.push(admit);
        signal.addEventListener('abort', giveUp, { once: true });
      }
    });
  }

  #leave(): void {
    this.#inside--;
    this.#waiting.shift()?.();
  }
}
