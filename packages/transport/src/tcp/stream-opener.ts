import type { Http2ByteStream } from './http2-byte-stream.ts';

/** How one side of a connection comes to streams: the dialler requests them, the acceptor takes what the dialler offers. */
export interface StreamOpener {
  /** Opens a stream of this side's own; undefined when too many are open. */
  open(): Http2ByteStream | undefined;
  /** Reports the connection's end to every stream. */
  connectionLost(): void;
}

/** Takes a stream that the peer has opened. */
export type PeerStreamListener = (stream: Http2ByteStream) => void;
