import { setMaxListeners } from 'node:events';
import {
  AbortedError,
  backoffDelay,
  type Clock,
  type Links,
  MaculaError,
  NotRunningError,
  pause,
  ProtocolError,
  type Random,
  RequestFailedError,
} from '@macula/core';
import { decodeMessage } from '@macula/wire';
import type { Contact } from './contact.ts';
import type { KademliaMetrics } from './kademlia-metrics.ts';
import type { KademliaSettings } from './kademlia-options.ts';
import type { MessageType } from './messages.ts';
import type { Neighbourhood } from './neighbourhood.ts';

export interface PeerRequestsDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
  readonly neighbourhood: Neighbourhood;
  readonly metrics: KademliaMetrics;
}

/** A kind of request with its messages. */
export interface Exchange<Q, A> {
  readonly kind: number;
  readonly question: MessageType<Q>;
  readonly answer: MessageType<A>;
}

/** Upper bound of the wait before the first retry, in milliseconds. */
const retryBaseMs = 200;

/** Asks peers, trying again with exponential backoff, and learns from it who lives. */
export class PeerRequests {
  readonly #deps: PeerRequestsDeps;
  readonly #settings: KademliaSettings;
  readonly #stopped = new AbortController();

  constructor(deps: PeerRequestsDeps, settings: KademliaSettings) {
    this.#deps = deps;
    this.#settings = settings;
    // Every request on its way listens to it.
    setMaxListeners(0, this.#stopped.signal);
  }

  /** Fires when this node stops. */
  get signal(): AbortSignal {
    return this.#stopped.signal;
  }

  stop(): void {
    this.#stopped.abort(new NotRunningError('this directory has been stopped'));
  }

  /**
   * Asks `contact`. A peer that refuses is alive; one that does not answer in `tries` tries is gone. Throws
   * what the last try failed with: TimeoutError, PeerUnreachableError, LinkClosedError, RequestFailedError, ProtocolError,
   * or AbortedError.
   */
  async ask<Q, A>(
    contact: Contact,
    exchange: Exchange<Q, A>,
    question: Q,
    tries: number = this.#settings.tries,
  ): Promise<A> {
    const { neighbourhood, metrics, clock, random } = this.#deps;
    const body = exchange.question.encode(question).finish();
    metrics.requests.inc();
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = decodeMessage(
          exchange.answer,
          await this.#try(contact, exchange, body, attempt),
          'answer',
        );
        neighbourhood.seen(contact);
        return answer;
      } catch (error) {
        if (error instanceof AbortedError || this.signal.aborted) throw error;
        const final = error instanceof RequestFailedError || error instanceof ProtocolError;
        if (final || attempt + 1 >= tries || !(error instanceof MaculaError)) {
          metrics.requestFailures.inc();
          if (!(error instanceof RequestFailedError)) neighbourhood.gone(contact.id);
          throw error;
        }
      }
      const bounds = { baseMs: retryBaseMs, maxMs: this.#settings.requestTimeoutMs };
      await pause(clock, backoffDelay(attempt, bounds, random), this.signal);
    }
  }

  async #try(
    { id, addresses }: Contact,
    { kind }: { readonly kind: number },
    body: Uint8Array,
    attempt: number,
  ): Promise<Uint8Array> {
    const { links } = this.#deps;
    const { signal } = this;
    const timeout = this.#settings.requestTimeoutMs * 2 ** attempt;
    let link = links.get(id);
    if (link === undefined) {
      if (addresses.length > 0) links.learn(id, addresses);
      link = await links.link(id, { timeout, signal, early: true });
    }
    return link.request(kind, body, { timeout, signal, idempotent: true });
  }
}
