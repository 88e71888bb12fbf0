import type { Unsubscribe } from './contracts/unsubscribe.ts';

/**
 * Callbacks that want to know of one thing. They may come and go while they are called: who has left
 * is not called any more, who has just come is called from the next time on. One function may be added
 * twice, and is then called twice. Costs nothing while nobody listens.
 */
export class Listeners<Arguments extends unknown[] = []> {
  /** Made for the first listener: most things that could be listened to never are. */
  #listeners: Set<(...args: Arguments) => void> | undefined;
  readonly #failed: ((error: unknown, ...args: Arguments) => void) | undefined;

  /** With `failed`, a listener that throws is reported there and harms no other; without, `emit` throws. */
  constructor(failed?: (error: unknown, ...args: Arguments) => void) {
    this.#failed = failed;
  }

  get isEmpty(): boolean {
    return this.#listeners === undefined || this.#listeners.size === 0;
  }

  /** Returns what removes this one registration. */
  add(listener: (...args: Arguments) => void): Unsubscribe {
    const entry = (...args: Arguments): void => {
      listener(...args);
    };
    this.#listeners ??= new Set();
    this.#listeners.add(entry);
    return () => {
      this.#listeners?.delete(entry);
    };
  }

  emit(...args: Arguments): void {
    const listeners = this.#listeners;
    if (listeners === undefined || listeners.size === 0) return;
    if (listeners.size === 1) {
      // As most often: no list of those who listened at the beginning is needed for one.
      for (const listener of listeners) {
        this.#call(listener, args);
        return;
      }
    }
    for (const listener of [...listeners]) if (listeners.has(listener)) this.#call(listener, args);
  }

  clear(): void {
    this.#listeners?.clear();
  }

  #call(listener: (...args: Arguments) => void, args: Arguments): void {
    if (this.#failed === undefined) {
      listener(...args);
      return;
    }
    try {
      listener(...args);
    } catch (error) {
      this.#failed(error, ...args);
    }
  }
}
