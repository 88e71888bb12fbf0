import { performServerHandshake } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Address, Clock, Timer } from '@macula/core';
import { AcceptorStreams } from './acceptor-streams.ts';
import { Http2Connection } from './http2-connection.ts';
import { http2SessionOptions } from './http2-options.ts';
import { provenCertificate } from './tls-options.ts';

/** Why an accepted socket did not become a connection. */
export type HandshakeRefusal = 'timeout' | 'tls' | 'certificate' | 'http2' | 'stopped';

export interface AcceptHandshakeDependencies {
  readonly clock: Clock;
  readonly socket: Socket;
  readonly remoteAddress: Address;
  readonly timeoutMs: number;
  /** Called once, with what came of it. */
  readonly done: (outcome: Http2Connection | HandshakeRefusal) => void;
}

/** One accepted socket on its way through TLS and HTTP/2 to a usable connection. */
export class AcceptHandshake {
  private readonly deps: AcceptHandshakeDependencies;
  private readonly deadline: Timer;
  private phase: HandshakeRefusal = 'tls';
  private settled = false;

  constructor(deps: AcceptHandshakeDependencies) {
    this.deps = deps;
    this.deadline = deps.clock.setTimer(() => this.refuse('timeout'), deps.timeoutMs);
    // Errors are followed by 'close', which is what counts.
    deps.socket.on('error', () => undefined);
    deps.socket.once('close', () => this.refuse(this.phase));
  }

  /** Gives up; does nothing once there is an outcome. */
  refuse(reason: HandshakeRefusal): void {
    if (!this.settle(reason)) return;
    this.deps.socket.destroy();
  }

  /** TLS is complete on `tlsSocket`, which runs on this handshake's socket. */
  secured(tlsSocket: TLSSocket): void {
    tlsSocket.on('error', () => undefined);
    const peerCertificate = provenCertificate(tlsSocket);
    if (peerCertificate === undefined) this.refuse('certificate');
    else this.startSession(tlsSocket, peerCertificate);
  }

  private startSession(tlsSocket: TLSSocket, peerCertificate: Uint8Array): void {
    this.phase = 'http2';
    const session = performServerHandshake(tlsSocket, http2SessionOptions);
    const connection: Http2Connection = new Http2Connection({
      session,
      clock: this.deps.clock,
      initiator: false,
      peerCertificate,
      remoteAddress: this.deps.remoteAddress,
      streams: (onPeerStream) =>
        new AcceptorStreams(session, onPeerStream, () => this.settle(connection)),
    });
    connection.onClose(() => this.refuse('http2'));
  }

  private settle(outcome: Http2Connection | HandshakeRefusal): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.deadline.cancel();
    this.deps.done(outcome);
    return true;
  }
}
