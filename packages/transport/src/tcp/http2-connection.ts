import { type ClientHttp2Session, constants, type ServerHttp2Session } from 'node:http2';
import { type Address, type Clock, Listeners, type Timer, type Unsubscribe } from '@macula/core';
import type { ByteStream, Connection, ConnectionEnd } from '../connection.ts';
import { decodeGoodbye, encodeGoodbye } from './goodbye-data.ts';
import { connectionWindow } from './http2-options.ts';
import type { Http2ByteStream } from './http2-byte-stream.ts';
import type { PeerStreamListener, StreamOpener } from './stream-opener.ts';

/** How long a closed session waits for the peer to hang up, so that the goodbye is not lost to a TCP reset. */
const lingerMs = 500;

/** A round-trip sample is taken at most this often, and only on connections in use. */
const rttIntervalMs = 5_000;

/** Named as the last one served, so that the dialler's HTTP/2 does not take back streams that it has not finished reading. */
const largestStreamId = 2 ** 31 - 1;

export interface Http2ConnectionDependencies {
  readonly session: ClientHttp2Session | ServerHttp2Session;
  readonly clock: Clock;
  readonly initiator: boolean;
  readonly peerCertificate: Uint8Array;
  readonly remoteAddress: Address;
  /** Makes this side's way to streams. */
  readonly streams: (onPeerStream: PeerStreamListener) => StreamOpener;
}

/** A Connection on one HTTP/2 session. It never throws and leaves no error unheard: a broken session ends it. */
export class Http2Connection implements Connection {
  readonly protocol = 'tcp';
  readonly initiator: boolean;
  readonly peerCertificate: Uint8Array;
  readonly remoteAddress: Address;
  readonly confirmed = true;
  readonly maxDatagramSize = 0;
  /** Resolves when the socket is gone, which is at most half a second after the connection ended. */
  readonly released: Promise<void>;
  rtt = NaN;

  private readonly session: ClientHttp2Session | ServerHttp2Session;
  private readonly clock: Clock;
  private readonly streams: StreamOpener;
  private readonly unclaimed: Http2ByteStream[] = [];
  private readonly closeListeners = new Listeners<[ConnectionEnd]>();
  private streamListener: ((stream: ByteStream) => void) | undefined;
  private connectionEnd: ConnectionEnd | undefined;
  private lingerTimer: Timer | undefined;
  private sampledAt = -Infinity;

  constructor(dependencies: Http2ConnectionDependencies) {
    this.session = dependencies.session;
    this.clock = dependencies.clock;
    this.initiator = dependencies.initiator;
    this.peerCertificate = dependencies.peerCertificate;
    this.remoteAddress = dependencies.remoteAddress;
    this.streams = dependencies.streams((stream) => this.peerOpened(stream));
    this.session.once('connect', () => this.session.setLocalWindowSize(connectionWindow));
    this.session.on('error', (error: Error) => this.broken(error.message));
    this.session.on('goaway', (_code: number, _last: number, data?: Uint8Array) =>
      this.goodbyeReceived(data),
    );
    this.released = new Promise((resolve) => {
      this.session.once('close', () => {
        this.sessionClosed();
        resolve();
      });
    });
  }

  onConfirmed(listener: () => void): Unsubscribe {
    listener();
    return () => undefined;
  }

  openStream(): ByteStream | undefined {
    return this.connectionEnd === undefined ? this.streams.open() : undefined;
  }

  onStream(listener: (stream: ByteStream) => void): void {
    this.streamListener = listener;
    for (const stream of this.unclaimed.splice(0)) listener(stream);
  }

  sendDatagram(): boolean {
    return false;
  }

  onDatagram(): void {}

  /** HTTP/2 sends by itself; what is left to do is to see how far away the peer is. */
  flush(): void {
    const now = this.clock.now();
    if (this.connectionEnd !== undefined || now - this.sampledAt < rttIntervalMs) return;
    if (this.session.connecting || this.session.destroyed) return;
    this.sampledAt = now;
    this.session.ping((error, duration) => {
      if (error === null)
        this.rtt = Number.isNaN(this.rtt) ? duration : smoothed(this.rtt, duration);
    });
  }

  close(code: number, message: string): void {
    if (this.connectionEnd !== undefined) return;
    this.finish({ code, message, remote: false });
    if (this.session.destroyed) return;
    if (this.session.connecting) {
      this.session.destroy();
      return;
    }
    const lastStream = this.initiator ? 0 : largestStreamId;
    this.session.goaway(constants.NGHTTP2_NO_ERROR, lastStream, encodeGoodbye({ code, message }));
    this.lingerTimer = this.clock.setTimer(() => this.session.destroy(), lingerMs);
  }

  onClose(listener: (end: ConnectionEnd) => void): Unsubscribe {
    if (this.connectionEnd !== undefined) {
      listener(this.connectionEnd);
      return () => undefined;
    }
    return this.closeListeners.add(listener);
  }

  private peerOpened(stream: Http2ByteStream): void {
    if (this.connectionEnd !== undefined) stream.reset(0);
    else if (this.streamListener !== undefined) this.streamListener(stream);
    else this.unclaimed.push(stream);
  }

  private goodbyeReceived(data: Uint8Array | undefined): void {
    const { code, message } = decodeGoodbye(data) ?? {
      code: undefined,
      message: 'the peer ended the HTTP/2 session',
    };
    // What arrived with the goodbye is delivered first.
    this.clock.defer(() => {
      this.finish({ code, message, remote: true });
      this.session.destroy();
    });
  }

  private broken(message: string): void {
    this.finish({ code: undefined, message, remote: false });
    this.session.destroy();
  }

  private sessionClosed(): void {
    this.lingerTimer?.cancel();
    this.finish({ code: undefined, message: 'the peer closed the TCP connection', remote: true });
  }

  private finish(end: ConnectionEnd): void {
    if (this.connectionEnd !== undefined) return;
    this.connectionEnd = end;
    this.unclaimed.length = 0;
    // The reason first: to a stream, the end of its connection looks like a reset.
    this.closeListeners.emit(end);
    this.closeListeners.clear();
    this.streams.connectionLost();
  }
}

/** Exponentially weighted as TCP does it (RFC 6298, §2). */
function smoothed(rtt: number, sample: number): number {
  return rtt + (sample - rtt) / 8;
}
