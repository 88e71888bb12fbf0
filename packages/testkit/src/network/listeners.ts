import type { Unsubscribe } from '@macula/core';

/** Callbacks that want to know of one thing. */
export class Listeners<A extends unknown[]> {
  /** Made for the first listener: most things that could be listened to never are. */
  private listeners: Set<(...args: A) => void> | undefined;

  add(listener: (...args: A) => void): Unsubscribe {
    // The wrapper lets one function be registered twice, and each registration be removed for itself.
    const entry = (...args: A): void => {
      listener(...args);
    };
    this.listeners ??= new Set();
    this.listeners.add(entry);
    return () => {
      this.listeners?.delete(entry);
    };
  }

  emit(...args: A): void {
    const { listeners } = this;
    if (listeners === undefined) return;
    for (const listener of [...listeners]) {
      if (listeners.has(listener)) listener(...args);
    }
  }

  clear(): void {
    this.listeners?.clear();
  }
}
