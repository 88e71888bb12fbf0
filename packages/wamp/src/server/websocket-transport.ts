import type { Clock, Timer } from '@macula/core';
import type { WebSocket } from 'ws';
import type { Serializer } from '../serializer/serializer.ts';
import type { SessionTransport } from '../session/session-transport.ts';
import type { TurnEnd } from './turn-end.ts';
import { frameHeaderLength, writeFrameHeader } from './websocket-frame.ts';

/** Milliseconds that a client gets to take what is queued for it, and to close. */
const closeTimeoutMs = 2_000;
/** WebSocket's "normal closure". */
const normalClosure = 1000;

/** What of a TCP socket carries frames. */
interface ByteSocket {
  readonly writableLength: number;
  write(bytes: Uint8Array): unknown;
}

/**
 * A session's transport over one WebSocket. Messages of one turn of the event loop leave as one piece of memory in one
 * write: two buffers a message, as `ws` sends them, cost the system more than all the rest of a message's way.
 */
export class WebSocketTransport implements SessionTransport {
  readonly serializer: Serializer;
  readonly details: Readonly<Record<string, unknown>>;
  readonly #webSocket: WebSocket;
  readonly #socket: ByteSocket;
  readonly #clock: Clock;
  readonly #turnEnd: TurnEnd;
  readonly #kind: 'text' | 'binary';
  readonly #flush = (): void => this.#send();
  /** Messages of this turn. */
  #waiting: (string | Uint8Array)[] = [];
  /** Their bytes as frames. */
  #waitingBytes = 0;
  #closing: Timer | undefined;

  constructor(parts: {
    readonly webSocket: WebSocket;
    readonly socket: ByteSocket;
    readonly serializer: Serializer;
    readonly peer: string;
    readonly clock: Clock;
    readonly turnEnd: TurnEnd;
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
    this.#turnEnd = parts.turnEnd;
    this.#kind = parts.serializer.binary ? 'binary' : 'text';
    parts.webSocket.once('close', () => this.#closing?.cancel());
  }

  get queuedBytes(): number {
    return this.#socket.writableLength + this.#waitingBytes;
  }

  write(data: string | Uint8Array): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    if (this.#waiting.push(data) === 1) this.#turnEnd.add(this.#flush);
    const length = byteLength(data);
    this.#waitingBytes += frameHeaderLength(length) + length;
  }

  close(reason: string): void {
    if (this.#closing !== undefined) return;
    this.#send();
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

  #send(): void {
    const messages = this.#waiting;
    if (messages.length === 0) return;
    const bytes = Buffer.allocUnsafe(this.#waitingBytes);
    this.#waiting = [];
    this.#waitingBytes = 0;
    // After WebSocket's own goodbye nothing may follow.
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    let offset = 0;
    for (const data of messages) {
      offset = writeFrameHeader(bytes, offset, this.#kind, byteLength(data));
      if (typeof data === 'string') offset += bytes.write(data, offset, 'utf8');
      else {
        bytes.set(data, offset);
        offset += data.length;
      }
    }
    this.#socket.write(bytes);
  }
}

function byteLength(data: string | Uint8Array): number {
  return typeof data === 'string' ? Buffer.byteLength(data) : data.length;
}
