import type { Address, Unsubscribe } from '@macula/core';

/** What a link needs of an encrypted, multiplexed connection; QUIC and HTTP/2 both give it. */
export interface Connection {
  readonly protocol: 'quic' | 'tcp';
  /** Whether this side dialled. */
  readonly initiator: boolean;
  /** DER of the certificate whose key the peer has proven to hold. Undefined while a 0-RTT dial waits for the handshake. */
  readonly peerCertificate: Uint8Array | undefined;
  readonly remoteAddress: Address;
  /** Smoothed round-trip time in milliseconds; NaN before the first sample. */
  readonly rtt: number;
  /** False while data could still be a replayed 0-RTT flight (acceptor), or is sent as one (initiator). */
  readonly confirmed: boolean;
  /** Called once when `confirmed` becomes true; at once if it is. */
  onConfirmed(listener: () => void): Unsubscribe;
  /** Opens a bidirectional stream; undefined when the peer's limit of open streams is reached. */
  openStream(): ByteStream | undefined;
  /** Sets the receiver of streams the peer opens, in the order of their first bytes. */
  onStream(listener: (stream: ByteStream) => void): void;
  /** Largest datagram that can be sent now; 0 where datagrams are not supported. */
  readonly maxDatagramSize: number;
  sendDatagram(bytes: Uint8Array): boolean;
  /** Sets the receiver of datagrams; `bytes[start, end)` are valid until it returns. */
  onDatagram(listener: (bytes: Uint8Array, start: number, end: number) => void): void;
  /** A burst of writes is over: it leaves at once, or with everything else of this turn if it is not `urgent`. Default true. */
  flush(urgent?: boolean): void;
  /** Closes at once with an application code; what streams hold unsent is lost. */
  close(code: number, message: string): void;
  /** Called once; at once if closed. `code` is the application's, or undefined when the connection broke. */
  onClose(listener: (end: ConnectionEnd) => void): Unsubscribe;
}

export interface ConnectionEnd {
  readonly code: number | undefined;
  readonly message: string;
  /** True when the peer closed. */
  readonly remote: boolean;
}

/** One bidirectional, flow-controlled stream of bytes. */
export interface ByteStream {
  /** Takes bytes of `bytes[start, end)` as flow control allows and returns how many; copies them. Fewer than offered: `onWritable` follows. */
  write(bytes: Uint8Array, start: number, end: number): number;
  onWritable(listener: () => void): void;
  /** Sets the receiver of bytes, valid until it returns. */
  onData(listener: (bytes: Uint8Array, start: number, end: number) => void): void;
  /** Stops reading, so that flow control slows the peer. */
  pause(): void;
  resume(): void;
  /** Ends this direction; what was written still arrives. */
  end(): void;
  /** Ends both directions at once. */
  reset(code: number): void;
  /** Called once when the peer has ended its direction and everything was delivered. */
  onEnd(listener: () => void): void;
  /** Called once when the peer reset the stream (with its code) or the connection is gone (without). */
  onReset(listener: (code: number | undefined) => void): void;
}
