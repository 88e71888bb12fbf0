import {
  AbortedError,
  backoffDelay,
  type Clock,
  type Random,
  type Timer,
  withDeadline,
} from '@macula/core';
import { Wampy } from 'wampy';
import { WebSocket } from 'ws';
import type { Carrier, CarrierCallOptions } from './carrier.ts';
import { Refusal, UnconfirmedError } from './carrier-errors.ts';
import {
  answerFor,
  argumentsOf,
  messageIn,
  networkFailure,
  refusalIn,
  type WampArguments,
} from './wamp-messages.ts';

/** How long a router may take to let a client in, or to answer a request, milliseconds. */
const answerTimeout = 10_000;
/** How long an event waits for a router that is away, milliseconds. */
const awayLimit = 60_000;
/** How long a goodbye may take, milliseconds. */
const goodbyeTimeout = 1_000;
/** Delays between attempts to join again: a router that comes back finds its clients there within half a second. */
const rejoin = { baseMs: 100, maxMs: 500 };

export interface WampCarrierDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Ends what waits. */
  readonly signal: AbortSignal;
  /** Is told what the handler of an event threw: at a router nobody waits for it. */
  fail(error: unknown): void;
}

export interface WampCarrierOptions {
  /** Of the router's WebSocket, such as `ws://127.0.0.1:8080/ws`. */
  readonly url: string;
  readonly realm: string;
}

/** Something that every session is asked for anew: a subscription, or a registration. */
type Wanted = (client: Wampy) => Promise<unknown>;

/** Joins a router. Rejects when it cannot be reached or does not let the client in. */
export async function openWampCarrier(
  deps: WampCarrierDeps,
  options: WampCarrierOptions,
): Promise<Carrier> {
  const carrier = new WampCarrier(deps, options);
  await carrier.join();
  return carrier;
}

/**
 * A client of a WAMP router, and nothing else: no node of the mesh. An event is acknowledged when the router has it. When the
 * router goes, or says goodbye, the client joins again as soon as it is back, and subscribes and registers what it had.
 */
class WampCarrier implements Carrier {
  readonly #deps: WampCarrierDeps;
  readonly #options: WampCarrierOptions;
  readonly #wanted: Wanted[] = [];
  readonly #waiting = new Set<() => void>();
  #client: Wampy | undefined;
  #retry: Timer | undefined;
  #closed = false;

  constructor(deps: WampCarrierDeps, options: WampCarrierOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  async publish(topic: string, message: object): Promise<void> {
    const what = `publishing on ${topic}`;
    const client = await this.#joined(what);
    try {
      await this.#answer(what, client.publish(topic, argumentsOf(message)));
    } catch (error) {
      if (error instanceof AbortedError) throw error;
      if (error instanceof Refusal && error.uri !== networkFailure) throw error;
      this.#giveUp(client);
      throw new UnconfirmedError(`${what}: the router has not acknowledged it`, { cause: error });
    }
  }

  subscribe(topic: string, handler: (message: unknown) => unknown): Promise<void> {
    const onEvent = async (event: WampArguments): Promise<void> => {
      try {
        await handler(messageIn(event));
      } catch (error) {
        this.#deps.fail(error);
      }
    };
    return this.#want(`subscribing to ${topic}`, (client) => client.subscribe(topic, onEvent));
  }

  async call(procedure: string, value: object, options: CarrierCallOptions): Promise<unknown> {
    const client = this.#client;
    if (client === undefined) throw new Refusal(networkFailure, ['the router is away']);
    const what = `calling ${procedure}`;
    const answered = client.call(procedure, argumentsOf(value));
    return messageIn(await this.#answer(what, answered, options));
  }

  register(
    procedure: string,
    handler: (value: unknown) => unknown,
    { shared }: { readonly shared: boolean },
  ): Promise<void> {
    const onCall = async (call: WampArguments): Promise<WampArguments> => {
      try {
        return argumentsOf(await handler(messageIn(call)));
      } catch (error) {
        // wampy answers with what it is thrown in this form.
        throw answerFor(error);
      }
    };
    const options = shared ? { invoke: 'roundrobin' as const } : undefined;
    return this.#want(`registering ${procedure}`, (client) =>
      client.register(procedure, onCall, options),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#retry?.cancel();
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) await this.#leave(client);
  }

  async join(): Promise<void> {
    const { url, realm } = this.#options;
    let left = (): void => undefined;
    // A connection that is closed before the router's welcome leaves wampy's own promise open.
    const refused = new Promise<never>((_, reject) => {
      left = () => reject(new Refusal(networkFailure));
    });
    refused.catch(() => undefined);
    // wampy's own reconnection gives up at a goodbye, and sends what nobody waits for any more.
    const client = new Wampy(url, {
      realm,
      ws: WebSocket as never,
      autoReconnect: false,
      onClose: () => {
        left();
        this.#left(client);
      },
    });
    try {
      await this.#answer(`joining ${url}`, Promise.race([client.connect(), refused]));
      for (const ask of this.#wanted) await this.#answer('joining again', ask(client));
      if (this.#closed) throw new Refusal('wamp.close.normal');
    } catch (error) {
      void this.#leave(client);
      if (!(error instanceof Refusal)) throw error;
      throw new Refusal(error.uri, [`no session at ${url}`], {}, { cause: error });
    }
    this.#client = client;
    for (const wake of this.#waiting) wake();
  }

  #left(client: Wampy): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    this.#joinAgain(0);
  }

  /** A router that does not answer is as good as gone: nobody need have closed a connection that is dead. */
  #giveUp(client: Wampy): void {
    this.#left(client);
    void this.#leave(client);
  }

  #joinAgain(attempt: number): void {
    if (this.#closed) return;
    const { clock, random } = this.#deps;
    this.#retry = clock.setTimer(
      () => void this.join().catch(() => this.#joinAgain(attempt + 1)),
      backoffDelay(attempt, rejoin, random),
    );
  }

  async #want(what: string, ask: Wanted): Promise<void> {
    const client = await this.#joined(what);
    await this.#answer(what, ask(client));
    this.#wanted.push(ask);
  }

  /** The session, as soon as there is one. */
  async #joined(what: string): Promise<Wampy> {
    const { clock, signal } = this.#deps;
    if (this.#client !== undefined) return this.#client;
    let wake = (): void => undefined;
    const back = new Promise<Wampy>((resolve) => {
      wake = () => this.#client && resolve(this.#client);
    });
    this.#waiting.add(wake);
    try {
      return await withDeadline(clock, back, { timeout: awayLimit, signal, what });
    } finally {
      this.#waiting.delete(wake);
    }
  }

  async #answer<T>(
    what: string,
    asked: Promise<T>,
    limits: Partial<CarrierCallOptions> = {},
  ): Promise<T> {
    const { clock, signal } = this.#deps;
    try {
      return await withDeadline(clock, asked, { timeout: answerTimeout, signal, what, ...limits });
    } catch (error) {
      throw refusalIn(error);
    }
  }

  async #leave(client: Wampy): Promise<void> {
    const { clock } = this.#deps;
    const limits = { timeout: goodbyeTimeout, what: 'the goodbye' };
    await withDeadline(clock, client.disconnect(), limits).catch(() => abandon(client));
  }
}

/** Closes the connection without a word; wampy has none to close once that has happened. */
function abandon(client: Wampy): void {
  try {
    client.abort();
  } catch {
    // Gone already.
  }
}
