import type { Clock, Logger, TimerWheel } from '@macula/core';
import type { FrameWriter } from '@macula/wire';
import type { Turn } from '../turn.ts';
import type { ChunkPool } from './chunk-pool.ts';

/** What all links of one transport share. */
export interface LinkContext {
  readonly clock: Clock;
  readonly timers: TimerWheel;
  readonly turn: Turn;
  readonly logger: Logger;
  readonly chunks: ChunkPool;
  /** Encodes the links' own frames. */
  readonly writer: FrameWriter;
  readonly limits: LinkLimits;
}

export interface LinkLimits {
  /** Bytes that may wait in one class's queue, or in that of a stream of its own. Default 1 MiB. */
  readonly queueBytes: number;
  /** Largest frame that is accepted. Default 1 MiB. */
  readonly maxFrameBytes: number;
  /** Requests under way in one direction of a link. Default 1,024. */
  readonly maxRequests: number;
  /** Milliseconds that a graceful close may take. Default 1,000. */
  readonly closeTimeoutMs: number;
}

export const defaultLinkLimits: LinkLimits = {
  queueBytes: 1 << 20,
  maxFrameBytes: 1 << 20,
  maxRequests: 1_024,
  closeTimeoutMs: 1_000,
};
