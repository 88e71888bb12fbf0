import { type Clock, Pattern, type PatternMatch } from '@macula/core';
import { RouterGoneError, RouterRefusal } from '../src/router/router-errors.ts';
import type {
  Arguments,
  ConnectRouter,
  RouterEvent,
  RouterSession,
} from '../src/router/router-session.ts';

interface Subscription {
  readonly pattern: Pattern;
  readonly handler: (event: RouterEvent) => void;
}

/**
 * A broker in virtual time: takes what its clients say one by one, so that two who have heard of two things have heard of them in the
 * same order. It has no meta API and no dealer, as little as a bridge can do with.
 */
export class SimulatedRouter {
  readonly #clock: Clock;
  readonly #sessions = new Set<SimulatedSession>();
  #lastSession = 0;
  /** Topics whose subscriptions and publications are refused. */
  refused: string | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What a bridge connects by; messages take `latencyMs` each way. */
  connector(latencyMs = 1): ConnectRouter {
    return () => this.join(latencyMs, true);
  }

  async join(latencyMs = 1, isBridge = false): Promise<RouterSession> {
    const id = ++this.#lastSession;
    const session = new SimulatedSession(this, this.#clock, { id, latencyMs, isBridge });
    await session.asked(() => this.#sessions.add(session));
    return session;
  }

  /** Ends the sessions of all bridges at once. */
  endBridges(): void {
    for (const session of this.#sessions) {
      if (!session.isBridge) continue;
      session.end('the router ended it');
      this.#sessions.delete(session);
    }
  }

  left(session: SimulatedSession): void {
    this.#sessions.delete(session);
  }

  pass(from: SimulatedSession, topic: string, event: Arguments): void {
    for (const session of this.#sessions) {
      if (session !== from) session.hear({ ...event, topic, publisher: from.id, retained: false });
    }
  }
}

class SimulatedSession implements RouterSession {
  readonly id: number;
  readonly isBridge: boolean;
  readonly lost: Promise<string>;
  readonly #router: SimulatedRouter;
  readonly #clock: Clock;
  readonly #latencyMs: number;
  readonly #subscriptions = new Set<Subscription>();
  #tellLost: (reason: string) => void = () => undefined;
  #live = true;

  constructor(
    router: SimulatedRouter,
    clock: Clock,
    { id, latencyMs, isBridge }: { id: number; latencyMs: number; isBridge: boolean },
  ) {
    this.id = id;
    this.isBridge = isBridge;
    this.#router = router;
    this.#clock = clock;
    this.#latencyMs = latencyMs;
    this.lost = new Promise((resolve) => (this.#tellLost = resolve));
  }

  has(): boolean {
    return false;
  }

  publish(topic: string, event: Arguments): Promise<void> {
    return this.asked(() => this.#router.pass(this, topic, event), topic);
  }

  async subscribe(
    topic: string,
    match: PatternMatch,
    handler: (event: RouterEvent) => void,
  ): Promise<{ id: number; end: () => Promise<void> }> {
    const subscription = { pattern: Pattern.parse(topic, { match, mode: 'loose' }), handler };
    await this.asked(() => this.#subscriptions.add(subscription), topic);
    return {
      id: 1,
      end: () => this.asked(() => this.#subscriptions.delete(subscription)),
    };
  }

  async register(): Promise<never> {
    throw new RouterRefusal('wamp.error.not_authorized');
  }

  async call(): Promise<never> {
    throw new RouterRefusal('wamp.error.no_such_procedure');
  }

  async close(): Promise<void> {
    this.#router.left(this);
    this.end('goodbye');
  }

  end(reason: string): void {
    this.#live = false;
    this.#tellLost(reason);
  }

  /** The router has something for this session. */
  hear(event: RouterEvent): void {
    for (const subscription of this.#subscriptions) {
      if (!subscription.pattern.matches(event.topic)) continue;
      this.#clock.setTimer(() => {
        if (this.#live && this.#subscriptions.has(subscription)) subscription.handler(event);
      }, this.#latencyMs);
    }
  }

  /** Has the router do something, and resolves when its answer is here. */
  asked(work: () => unknown, topic?: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const gone = (): void => reject(new RouterGoneError('the session has ended'));
      if (!this.#live) return gone();
      void this.lost.then(gone);
      this.#clock.setTimer(() => {
        if (!this.#live) return;
        const refused = topic !== undefined && topic === this.#router.refused;
        if (!refused) work();
        this.#clock.setTimer(() => {
          if (refused) reject(new RouterRefusal('wamp.error.not_authorized'));
          else resolve();
        }, this.#latencyMs);
      }, this.#latencyMs);
    });
  }
}
