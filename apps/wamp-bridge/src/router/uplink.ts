import {
  backoffDelay,
  type BackoffOptions,
  type Clock,
  Listeners,
  type Logger,
  type Random,
  type Timer,
} from '@macula/core';
import { RouterGoneError } from './router-errors.ts';
import type { ConnectRouter, RouterHandle, RouterSession } from './router-session.ts';
import { UplinkLife, type UplinkState } from './uplink-machine.ts';

export interface UplinkDeps {
  readonly connect: ConnectRouter;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** What is asked of every session anew. */
export type Establish = (session: RouterSession) => Promise<RouterHandle>;

/** Something that is asked for of each session. */
export interface Want {
  /** Resolves when the session of the moment has answered; at once where there is none. */
  readonly settled: Promise<void>;
  /** Whether the session of the moment has granted it. */
  readonly inPlace: boolean;
  end(): Promise<void>;
}

interface Wanted {
  readonly what: string;
  readonly establish: Establish;
  handle: Promise<RouterHandle> | undefined;
  state: 'asked' | 'granted' | 'refused';
  ended: boolean;
}

/** Requests that are under way at one time when a new session takes over. */
const replayWidth = 64;

/**
 * The connection to the router for as long as the bridge lives: tries again without end, and gives every new session the
 * subscriptions and registrations that are wanted.
 */
export class Uplink {
  readonly #deps: UplinkDeps;
  readonly #retry: BackoffOptions;
  readonly #life = new UplinkLife();
  readonly #wanted = new Set<Wanted>();
  readonly #stop = new AbortController();
  readonly #onSession = new Set<(session: RouterSession) => void | Promise<void>>();
  readonly #onLost = new Listeners();
  readonly #onState = new Listeners<[UplinkState]>();
  #session: RouterSession | undefined;
  #attempt = 0;
  #timer: Timer | undefined;
  /** Sessions that were welcomed so far. */
  sessions = 0;
  lastFailure: string | undefined;

  constructor(deps: UplinkDeps, retry: BackoffOptions) {
    this.#deps = deps;
    this.#retry = retry;
  }

  get state(): UplinkState {
    return this.#life.state;
  }

  /** The session, while the router can be used. */
  get session(): RouterSession | undefined {
    const { state } = this;
    return state === 'connected' || state === 'degraded' ? this.#session : undefined;
  }

  /** How many subscriptions and registrations are wanted, and how many of them the router has refused. */
  get counts(): { readonly wanted: number; readonly refused: number } {
    let refused = 0;
    for (const { state } of this.#wanted) if (state === 'refused') refused++;
    return { wanted: this.#wanted.size, refused };
  }

  /** Is told of each new session, before anything is asked of it. */
  onSession(listener: (session: RouterSession) => void | Promise<void>): void {
    this.#onSession.add(listener);
  }

  onLost(listener: () => void): void {
    this.#onLost.add(listener);
  }

  onState(listener: (state: UplinkState) => void): void {
    this.#onState.add(listener);
  }

  start(): void {
    void this.#connect();
  }

  /**
   * Asks for something of this session and of all that follow, until ended. A refusal is logged and counted, and asked
   * again of the next session.
   */
  want(what: string, establish: Establish): Want {
    const wanted: Wanted = { what, establish, handle: undefined, state: 'asked', ended: false };
    this.#wanted.add(wanted);
    return {
      settled: this.#session === undefined ? Promise.resolve() : this.#establish(wanted),
      get inPlace() {
        return wanted.state === 'granted';
      },
      end: () => this.#end(wanted),
    };
  }

  /** The session, or RouterGoneError. */
  require(): RouterSession {
    const { session } = this;
    if (session !== undefined) return session;
    throw new RouterGoneError(`the router is away: ${this.lastFailure ?? 'connecting'}`);
  }

  async stop(): Promise<void> {
    if (!this.#step('stop')) return;
    this.#stop.abort();
    this.#timer?.cancel();
    await this.#session?.close();
    this.#session = undefined;
    this.#wanted.clear();
  }

  async #connect(): Promise<void> {
    const { connect, logger } = this.#deps;
    let session: RouterSession;
    try {
      session = await connect({ signal: this.#stop.signal });
    } catch (error) {
      this.#lost(error instanceof Error ? error.message : String(error));
      return;
    }
    if (!this.#step('welcomed')) {
      await session.close();
      return;
    }
    this.#session = session;
    this.sessions++;
    void session.lost.then((reason) => {
      if (this.#session !== session) return;
      this.#session = undefined;
      this.#lost(reason);
    });
    logger.info({ session: session.id, wanted: this.#wanted.size }, 'joined the router');
    await this.#replay(session);
    if (this.#session !== session || !this.#step('replayed')) return;
    this.#attempt = 0;
    this.lastFailure = undefined;
    this.#judge();
  }

  async #replay(session: RouterSession): Promise<void> {
    for (const listener of this.#onSession) {
      try {
        await listener(session);
      } catch (error) {
        this.#deps.logger.warn({ error }, 'a new session was not welcomed by all');
      }
    }
    const due = [...this.#wanted].filter(({ handle }) => handle === undefined).reverse();
    const work = async (): Promise<void> => {
      for (let next = due.pop(); next !== undefined; next = due.pop()) await this.#establish(next);
    };
    await Promise.all(Array.from({ length: replayWidth }, work));
  }

  async #establish(wanted: Wanted): Promise<void> {
    const session = this.#session;
    if (session === undefined || wanted.ended || wanted.handle !== undefined) return;
    const handle = wanted.establish(session);
    wanted.handle = handle;
    try {
      await handle;
      if (wanted.handle === handle) wanted.state = 'granted';
    } catch (error) {
      if (wanted.handle === handle) wanted.handle = undefined;
      if (error instanceof RouterGoneError) return;
      wanted.state = 'refused';
      this.#deps.logger.warn({ what: wanted.what, error }, 'the router refused');
    }
    this.#judge();
  }

  async #end(wanted: Wanted): Promise<void> {
    wanted.ended = true;
    this.#wanted.delete(wanted);
    try {
      await (await wanted.handle)?.end();
    } catch (error) {
      this.#deps.logger.debug({ what: wanted.what, error }, 'it had gone already');
    }
    this.#judge();
  }

  #judge(): void {
    this.#step(this.counts.refused > 0 ? 'refused' : 'mended');
  }

  #lost(reason: string): void {
    if (!this.#step('lost')) return;
    this.lastFailure = reason;
    for (const wanted of this.#wanted) {
      wanted.handle = undefined;
      wanted.state = 'asked';
    }
    this.#onLost.emit();
    const { clock, random, logger } = this.#deps;
    const delay = backoffDelay(this.#attempt++, this.#retry, random);
    logger.warn(
      { reason, attempt: this.#attempt, delayMs: Math.round(delay) },
      'the router is away',
    );
    this.#timer = clock.setTimer(() => {
      if (this.#step('retry')) void this.#connect();
    }, delay);
  }

  #step(type: Parameters<UplinkLife['step']>[0]): boolean {
    if (!this.#life.step(type)) return false;
    this.#onState.emit(this.state);
    return true;
  }
}
