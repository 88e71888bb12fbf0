import type { Unsubscribe } from '@macula/core';

/** Callbacks that want to know of one thing. */
export class Listeners<A extends unknown[]> {
  private readonly listeners = new Set<(...args: A) => void>();

  add(listener: (...args: A) => void): Unsubscribe {
    // The wrapper lets one function be registered twice, and each registration be removed for itself.
    const entry = (...args: A): void => {
      listener(...args);
    };
    this.listeners.add(entry);
    return () => {
      this.listeners.delete(entry);
    };
  }

  emit(...args: A): void {
    for (const listener of [...this.listeners]) {
      if (this.listeners.has(listener)) listener(...args);
    }
  }

  clear(): void {
    this.listeners.clear();
  }
}
