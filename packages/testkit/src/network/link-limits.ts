import { InvalidArgumentError } from '@macula/core';

/** Bounds of every link in a network. */
export interface LinkLimits {
  /** Bytes that wait to be sent, per traffic class and per stream; beyond it `send` refuses. Default 1 MiB. */
  readonly queueBytes: number;
  /** Bytes per traffic class and per stream that were sent and not yet handled by the receiver. Default 256 KiB. */
  readonly windowBytes: number;
  /** Longest datagram frame. Default 1,200. */
  readonly datagramBytes: number;
  /** Longest frame; a longer one closes the link at its receiver. Default 1 MiB. */
  readonly frameBytes: number;
  /** Streams of their own that one side of a link may have open. Default 1,000. */
  readonly streams: number;
  /** Requests of one side that may wait for their response. Default 10,000. */
  readonly requests: number;
  /** A link over which nothing gets through for so many milliseconds closes with `silent`. Default 5,000. */
  readonly silenceMs: number;
  /** A link that nobody has used for so many milliseconds, and that neither side has pinned, closes with `idle`. Default: never. */
  readonly idleMs: number;
  /** A closing link stops sending what is queued after so many milliseconds. Default 1,000. */
  readonly lingerMs: number;
}

const defaults: LinkLimits = {
  queueBytes: 1024 * 1024,
  windowBytes: 256 * 1024,
  datagramBytes: 1_200,
  frameBytes: 1024 * 1024,
  streams: 1_000,
  requests: 10_000,
  silenceMs: 5_000,
  idleMs: Number.POSITIVE_INFINITY,
  lingerMs: 1_000,
};

/** The defaults with `limits`. Throws InvalidArgumentError unless all are positive. */
export function linkLimits(limits: Partial<LinkLimits>): LinkLimits {
  for (const [name, value] of Object.entries(limits)) {
    if (!(value > 0)) throw new InvalidArgumentError(`${name} must be positive, got ${value}`);
  }
  return { ...defaults, ...limits };
}
