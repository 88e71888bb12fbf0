import type { ClientSessionOptions, SessionOptions, Settings } from 'node:http2';

/** Path of every stream of a link; what a stream carries is told by its first frame. */
export const streamPath = '/macula/1/stream';

/** Header that tells whom a stream belongs to: `open` by the dialler, or offered for the acceptor to `accept`. */
export const directionHeader = 'macula-direction';

/** Streams that the dialler offers at once, and that the acceptor waits for before it takes a connection. */
export const firstOffers = 4;

/** Largest number of offered streams that wait for the acceptor. */
export const mostOffers = 64;

/** Streams of one connection that may be open, in both directions together. */
export const maxStreams = 1_024;

/**
 * Bytes that a peer may send on a stream before this side has read them. Sized for a fast long path:
 * 1 MiB is 80 Mbit/s at 100 ms.
 */
const streamWindow = 1024 * 1024;

/** The same for all streams of a connection together, so that a stream nobody reads does not stop the others. */
export const connectionWindow = 16 * 1024 * 1024;

/** Settings that both sides announce. */
export const http2Settings: Settings = {
  enablePush: false,
  initialWindowSize: streamWindow,
  maxConcurrentStreams: maxStreams,
  maxFrameSize: 64 * 1024,
  maxHeaderListSize: 4 * 1024,
};

/** What a peer can make a session hold, beside the windows. */
const limits: SessionOptions = {
  /** Megabytes; stream buffers count. */
  maxSessionMemory: 64,
  maxHeaderListPairs: 16,
  maxOutstandingPings: 4,
  maxSendHeaderBlockLength: 4 * 1024,
};

export const http2SessionOptions: ClientSessionOptions = {
  ...limits,
  settings: http2Settings,
  peerMaxConcurrentStreams: maxStreams,
};
