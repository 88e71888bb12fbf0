import type { Clock, Timer } from '@macula/core';
import type { WebSocket } from 'ws';
import type { Serializer } from '../serializer/serializer.ts';
import type { SessionTransport } from '../session/session-transport.ts';

/** Milliseconds that a client gets to take what is queued for it, and to close. */
const closeTimeoutMs = 2_000;
/** WebSocket's "normal closure". */
const normalClosure = 1000;

/** What of a TCP socket lets several messages leave together. */
interface Corkable {
  cork(): void;
  uncork(): void;
}

/** A session's transport over one WebSocket. Messages of one turn of the event loop leave in one write. */
export class WebSocketTransport implements SessionTransport {
  readonly serializer: Serializer;
  readonly details: Readonly<Record<string, unknown>>;
  readonly #webSocket: WebSocket;
  readonly #socket: Corkable;
  readonly #clock: Clock;
  #corked = false;
  #closing: Timer | undefined;

  constructor(parts: {
    readonly webSocket: WebSocket;
    readonly socket: Corkable;
    readonly serializer: Serializer;
    readonly peer: string;
    readonly clock: Clock;
  }) {
    this.serializer = parts.serializer;
    this.details = {
      type: 'websocket',
      peer: parts.peer,
      protocol: parts.serializer.subprotocol,
    };
    this.#webSocket = parts.webSocket;
    this.#socket = parts.socket;
    this.#clock = parts.clock;
    parts.webSocket.once('close', () => this.#closing?.cancel());
  }

  get queuedBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  write(data: string | Uint8Array): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      this.#clock.defer(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#webSocket.send(data, { binary: this.serializer.binary });
  }

  close(reason: string): void {
    if (this.#closing !== undefined) return;
    this.#closing = this.#clock.setTimer(() => this.#webSocket.terminate(), closeTimeoutMs);
    this.#webSocket.close(normalClosure, reason.slice(0, 100));
    this.#webSocket.resume();
    if (this.#webSocket.readyState === this.#webSocket.CLOSED) this.#closing.cancel();
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }
}
