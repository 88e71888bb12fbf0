import { InvalidArgumentError } from '@macula/core';
import type { ReplicatedType } from '../crdt.ts';
import { defaultMaxSkewMs } from '../hybrid-clock.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- types of any state and value
export type AnyType = ReplicatedType<any, any>;

export interface ReplicaOptions {
  /**
   * How long changes gather before they are pushed, in milliseconds. Default 1,000. The first change after an
   * idle interval leaves at once. Shorter: fresher peers, more and smaller messages.
   */
  readonly pushIntervalMs?: number;
  /**
   * To how many peers a change is pushed at a time. Default 3. Higher: faster spreading, more
   * messages that tell nothing new. It adapts downwards by itself when most of them do, or queues are full.
   */
  readonly fanout?: number;
  /**
   * Mean time between comparisons with a random peer, in milliseconds. Default 30,000; actual times vary by a quarter. Shorter: what
   * pushing missed is found sooner, at some hundred bytes each.
   */
  readonly antiEntropyIntervalMs?: number;
  /**
   * How many bytes of deltas a document keeps for peers that have not confirmed them. Default 1 MiB. When
   * it is exceeded, the oldest are dropped, and peers that lack them are brought up by comparing states.
   */
  readonly bufferBytes?: number;
  /** Longest delta or piece of state in one frame, in bytes. Default 32 KiB: longer ones delay what else the link carries. */
  readonly frameBytes?: number;
  /** How many documents there may be. Default 10,000. */
  readonly maxDocuments?: number;
  /** How far ahead of this node's wall clock timestamps of others may be, in milliseconds. Default 60,000 (see HybridClockOptions). */
  readonly maxSkewMs?: number;
  /** Types whose documents are opened by themselves when a peer has them. Default none: documents that nobody opened are ignored. */
  readonly types?: readonly AnyType[];
  /**
   * Start under a new writer ID even where the store was closed properly. Default false. Set it once for a store that was
   * restored from a copy, or copied with its machine: peers may know of changes under the old ID that the copy does
   * not have, and new ones would go by the same names.
   */
  readonly renewWriter?: boolean;
  /** After how many stored deltas a document's store is compacted to its state. Default 1,000. Higher: fewer large writes, slower starts. */
  readonly compactAfter?: number;
}

/** All options with their defaults filled in. */
export type ReplicaSettings = Required<ReplicaOptions>;

const durations = ['pushIntervalMs', 'antiEntropyIntervalMs', 'maxSkewMs'] as const;
const counts = ['fanout', 'bufferBytes', 'frameBytes', 'maxDocuments', 'compactAfter'] as const;

/** Throws InvalidArgumentError for values out of range. */
export function replicaSettings(options: ReplicaOptions): ReplicaSettings {
  const settings: ReplicaSettings = {
    pushIntervalMs: options.pushIntervalMs ?? 1_000,
    fanout: options.fanout ?? 3,
    antiEntropyIntervalMs: options.antiEntropyIntervalMs ?? 30_000,
    bufferBytes: options.bufferBytes ?? 1024 * 1024,
    frameBytes: options.frameBytes ?? 32 * 1024,
    maxDocuments: options.maxDocuments ?? 10_000,
    maxSkewMs: options.maxSkewMs ?? defaultMaxSkewMs,
    types: options.types ?? [],
    compactAfter: options.compactAfter ?? 1_000,
    renewWriter: options.renewWriter ?? false,
  };
  for (const name of durations) {
    if (!(settings[name] > 0) || !Number.isFinite(settings[name])) {
      throw new InvalidArgumentError(`${name} must be a number of milliseconds above 0`);
    }
  }
  for (const name of counts) {
    if (!Number.isSafeInteger(settings[name]) || settings[name] < 1) {
      throw new InvalidArgumentError(`${name} must be a whole number above 0`);
    }
  }
  if (settings.frameBytes > 512 * 1024) {
    throw new InvalidArgumentError(
      'frameBytes must not exceed 524,288, half of what a frame may hold',
    );
  }
  return settings;
}
