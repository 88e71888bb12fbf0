import type { Address, Unsubscribe } from '@macula/core';
import type { Connection } from './connection.ts';

export interface BackendDialOptions {
  readonly signal: AbortSignal;
  /** Present what is known of an earlier session with this peer, so that idempotent data can travel at once. */
  readonly sessionKey?: string;
}

/** A way to make connections: QUIC over a datagram socket, or HTTP/2 over TCP. */
export interface Backend {
  readonly protocol: 'quic' | 'tcp';
  /** Bound address of the listener; throws NotRunningError before `start()`. */
  readonly localAddress: Address;
  start(): Promise<void>;
  /** Resolves when the handshake is complete (or, with a session, when 0-RTT data can be sent). Rejects with what `signal` gives, or PeerUnreachableError. `address.host` is an IP address. */
  dial(address: Address, options: BackendDialOptions): Promise<Connection>;
  /** Called for every connection that a peer has completed the handshake of (or sent 0-RTT data on). */
  onConnection(listener: (connection: Connection) => void): Unsubscribe;
  /** Closes every connection and the socket. Idempotent. */
  stop(): Promise<void>;
}
