import {
  type Clock,
  formatAddress,
  LinkCloseCode,
  type NodeId,
  PeerUnreachableError,
  type Timer,
  withDeadline,
  WrongIdentityError,
} from '@macula/core';
import { SelfDialError } from '../errors.ts';
import type { Connection } from '../connection.ts';
import type { Entrant } from './race-plan.ts';

export interface RaceDependencies {
  readonly clock: Clock;
  /** Says who is behind the connection. Throws when that is not the node that is wanted. */
  readonly identify: (connection: Connection) => NodeId;
}

export interface RaceOptions {
  /** What is dialled, for messages. */
  readonly what: string;
  readonly signal: AbortSignal;
  /** Milliseconds that one entrant may take. */
  readonly attemptMs: number;
  /** Names the peer, to resume a session with it. */
  readonly sessionKey: string | undefined;
  /** A connection that can send 0-RTT data wins before anybody has answered on it. */
  readonly early: boolean;
}

export interface RaceWinner {
  readonly connection: Connection;
  readonly entrant: Entrant;
  /** Whom the handshake has proven to be there; undefined while it is under way, in a 0-RTT dial. */
  readonly proven: NodeId | undefined;
}

/**
 * Starts the entrants of a plan one after the other and takes the first connection with the right node behind
 * it; the others are abandoned. When one fails, the next starts at once. Throws WrongIdentityError or SelfDialError when
 * another node answered and none was right, PeerUnreachableError with all failures as its cause, or the signal's reason.
 */
export class ConnectionRace {
  private readonly deps: RaceDependencies;
  private readonly options: RaceOptions;
  private readonly waiting: Entrant[];
  private readonly errors: unknown[];
  private readonly abandon = new AbortController();
  private readonly startedAt: number;
  private running = 0;
  private won = false;
  private timer: Timer | undefined;
  private resolve: (winner: RaceWinner) => void = () => undefined;
  private reject: (error: unknown) => void = () => undefined;

  /** `errors`: what went wrong already, for the message in case nothing works. */
  constructor(
    deps: RaceDependencies,
    plan: readonly Entrant[],
    options: RaceOptions,
    errors: readonly unknown[] = [],
  ) {
    this.deps = deps;
    this.options = options;
    this.waiting = [...plan];
    this.errors = [...errors];
    this.startedAt = deps.clock.now();
  }

  async run(): Promise<RaceWinner> {
    const { signal } = this.options;
    signal.throwIfAborted();
    const aborted = (): void => this.reject(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    try {
      return await new Promise<RaceWinner>((resolve, reject) => {
        this.resolve = resolve;
        this.reject = reject;
        this.startNext();
      });
    } finally {
      signal.removeEventListener('abort', aborted);
      this.timer?.cancel();
      if (this.running > 0) this.abandon.abort(signal.reason ?? tooLate);
    }
  }

  private startNext(): void {
    this.timer?.cancel();
    const entrant = this.waiting.shift();
    if (entrant === undefined) {
      if (this.running === 0) this.reject(this.failure());
      return;
    }
    this.running += 1;
    void this.start(entrant);
    const [next] = this.waiting;
    if (next === undefined || this.abandon.signal.aborted) return;
    const wait = this.startedAt + next.startMs - this.deps.clock.now();
    this.timer = this.deps.clock.setTimer(() => this.startNext(), Math.max(0, wait));
  }

  private async start(entrant: Entrant): Promise<void> {
    try {
      const connection = await this.connect(entrant);
      const proven = this.identify(connection);
      if (this.won) {
        connection.close(LinkCloseCode.none, tooLate);
        return;
      }
      this.won = true;
      this.running -= 1;
      this.resolve({ connection, entrant, proven });
    } catch (error) {
      this.errors.push(error);
      this.running -= 1;
      if (!this.abandon.signal.aborted) this.startNext();
    }
  }

  private connect({ backend, address }: Entrant): Promise<Connection> {
    const { attemptMs, sessionKey } = this.options;
    return withDeadline(
      this.deps.clock,
      async (signal) => {
        const connection = await backend.dial(address, {
          signal,
          ...(sessionKey === undefined ? {} : { sessionKey }),
        });
        // It came too late: another has won, or time is up.
        if (signal.aborted) connection.close(LinkCloseCode.none, tooLate);
        else if (!this.options.early && !connection.confirmed) await confirmed(connection, signal);
        return connection;
      },
      {
        timeout: attemptMs,
        signal: this.abandon.signal,
        what: `the ${backend.protocol} handshake with ${formatAddress(address)}`,
      },
    );
  }

  private identify(connection: Connection): NodeId | undefined {
    try {
      const { confirmed } = connection;
      const peer = this.deps.identify(connection);
      return confirmed ? peer : undefined;
    } catch (error) {
      connection.close(LinkCloseCode.wrongIdentity, (error as Error).message);
      throw error;
    }
  }

  private failure(): Error {
    const telling = this.errors.find(
      (error) => error instanceof WrongIdentityError || error instanceof SelfDialError,
    );
    if (telling !== undefined) return telling as Error;
    const reasons = this.errors.map((error) =>
      error instanceof Error ? error.message : String(error),
    );
    const why = reasons.join('; ') || 'there is no address to dial';
    return new PeerUnreachableError(`cannot reach ${this.options.what}: ${why}`, {
      cause: new AggregateError(this.errors),
    });
  }
}

const tooLate = 'another path was faster';

/** Waits until a resumed connection has heard from the peer. */
function confirmed(connection: Connection, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.onConfirmed(resolve);
    connection.onClose(({ message }) => reject(new PeerUnreachableError(message)));
    signal.addEventListener('abort', () => connection.close(LinkCloseCode.none, tooLate), {
      once: true,
    });
  });
}
