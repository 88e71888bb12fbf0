import type { Unsubscribe } from '@macula/core';

/** A set of listeners that may change while they are called. Costs nothing while it is empty. */
export class Listeners<Argument> {
  private listeners: ((argument: Argument) => void)[] = [];

  add(listener: (argument: Argument) => void): Unsubscribe {
    this.listeners = [...this.listeners, listener];
    return () => {
      this.listeners = this.listeners.filter((other) => other !== listener);
    };
  }

  call(argument: Argument): void {
    for (const listener of this.listeners) listener(argument);
  }

  clear(): void {
    this.listeners = [];
  }
}
