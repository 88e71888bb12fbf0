import type { ConfirmOptions } from '@macula/core';
import type { Registration } from '@macula/rpc';
import type { Subscription } from '@macula/pubsub';

/** Counts the subscriptions and registrations that users of a node hold, for its health report. */
export class OpenHandles {
  readonly #subscriptions = new Set<Subscription>();
  readonly #registrations = new Set<Registration>();
  #sweepAt = 64;

  get subscriptions(): number {
    this.#sweep();
    return this.#subscriptions.size;
  }

  get registrations(): number {
    return this.#registrations.size;
  }

  subscribed<S extends Subscription>(subscription: S): S {
    if (this.#subscriptions.size >= this.#sweepAt) {
      this.#sweep();
      this.#sweepAt = Math.max(64, 2 * this.#subscriptions.size);
    }
    this.#subscriptions.add(subscription);
    return subscription;
  }

  registered(registration: Registration): Registration {
    this.#registrations.add(registration);
    return new CountedRegistration(registration, () => this.#registrations.delete(registration));
  }

  /** Withdraws every registration; calls that run go on. */
  async unregisterAll(): Promise<void> {
    const registrations = [...this.#registrations];
    this.#registrations.clear();
    await Promise.allSettled(registrations.map((registration) => registration.unregister()));
  }

  clear(): void {
    this.#subscriptions.clear();
    this.#registrations.clear();
  }

  #sweep(): void {
    for (const subscription of this.#subscriptions) {
      if (!subscription.active) this.#subscriptions.delete(subscription);
    }
  }
}

class CountedRegistration implements Registration {
  readonly #registration: Registration;
  readonly #onGone: () => void;

  constructor(registration: Registration, onGone: () => void) {
    this.#registration = registration;
    this.#onGone = onGone;
  }

  get id(): string {
    return this.#registration.id;
  }

  get procedure(): string {
    return this.#registration.procedure;
  }

  get match(): Registration['match'] {
    return this.#registration.match;
  }

  get invoke(): Registration['invoke'] {
    return this.#registration.invoke;
  }

  get active(): boolean {
    return this.#registration.active;
  }

  confirmed(options?: ConfirmOptions): Promise<void> {
    return this.#registration.confirmed(options);
  }

  unregister(): Promise<void> {
    this.#onGone();
    return this.#registration.unregister();
  }
}
