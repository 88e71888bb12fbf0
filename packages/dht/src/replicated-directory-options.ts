import { InvalidArgumentError } from '@macula/core';

/** Longest value of an entry, in bytes: part of the protocol. */
export const maxValueBytes = 4_096;

export interface ReplicatedDirectoryOptions {
  /** Most entries that one node may announce, this one included. What a peer announces beyond it is ignored and counted. Default 65,536. */
  readonly maxEntriesPerNode?: number;
  /** Most bytes of values that one node may announce, this one included. Default 67,108,864 (64 MiB). */
  readonly maxBytesPerNode?: number;
  /** Most entries of all nodes together. Default 1,048,576. */
  readonly maxEntries?: number;
  /** Milliseconds between comparisons with every linked peer, ± 20 %. They repair what pushes have missed. Default 30,000. */
  readonly antiEntropyMs?: number;
  /** Withdrawals that are kept so that a returning peer gets only what it lacks; beyond it the peer gets a full listing. Default 4,096. */
  readonly maxWithdrawals?: number;
}

export type ReplicatedDirectorySettings = Readonly<Required<ReplicatedDirectoryOptions>>;

const defaults: ReplicatedDirectorySettings = {
  maxEntriesPerNode: 65_536,
  maxBytesPerNode: 67_108_864,
  maxEntries: 1_048_576,
  antiEntropyMs: 30_000,
  maxWithdrawals: 4_096,
};

/** Fills in defaults. Throws InvalidArgumentError for numbers that are not positive. */
export function settingsOf(options: ReplicatedDirectoryOptions): ReplicatedDirectorySettings {
  const settings: Record<keyof ReplicatedDirectorySettings, number> = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof ReplicatedDirectorySettings)[]) {
    const value = options[name] ?? defaults[name];
    if (typeof value !== 'number' || !(value > 0) || value === Infinity) {
      throw new InvalidArgumentError(`${name} must be a positive number, got ${String(value)}`);
    }
    settings[name] = value;
  }
  return settings;
}
