import { InvalidArgumentError } from '@macula/core';

export interface KademliaOptions {
  /** Replicas of a key, and contacts per bucket. All nodes of a mesh must agree. Default 20. */
  readonly k?: number;
  /** Requests of a lookup that are on their way at the same time. More is faster and costs messages. Default 3. */
  readonly alpha?: number;
  /** Paths of a lookup of a sensitive key that share no node. Default 3. */
  readonly disjointPaths?: number;
  /** Replicas whose answers are united before a lookup ends early. More survives more liars. Default 3. */
  readonly readReplicas?: number;
  /** Replicas that a watcher is notified by. Default 3. */
  readonly watchReplicas?: number;
  /** Watchers of a key that one node notifies; where there are more, some of them tell the others. Default 22: three steps reach 10,000. */
  readonly notifyFanout?: number;
  /** Milliseconds until the first try of a request is given up; doubles with each. Default 1,000. */
  readonly requestTimeoutMs?: number;
  /** Tries of a request. Default 3. */
  readonly tries?: number;
  /** Milliseconds after which a lookup goes on without an answer; it still counts when it comes. Default 500. */
  readonly stallMs?: number;
  /** Milliseconds that an announcement lives without being renewed; at most 24 hours. Default 1,800,000. */
  readonly lifetimeMs?: number;
  /** Milliseconds between renewals of own announcements, ± 20 %. Default 600,000. */
  readonly republishMs?: number;
  /** Milliseconds after which a bucket that nothing was looked up in is refreshed. Default 3,600,000. */
  readonly refreshMs?: number;
  /** Milliseconds between comparisons with one of the neighbours, ± 20 %. Default 60,000. */
  readonly antiEntropyMs?: number;
  /** Milliseconds for which replicas notify a watcher; renewed at half. Default 120,000. */
  readonly leaseMs?: number;
  /** Milliseconds for which looked-up results are kept. Default 300,000. */
  readonly cacheMs?: number;
  /** Keys whose results are kept; the longest unused go. Default 10,000. */
  readonly maxCachedKeys?: number;
  /** Most contacts of one public /24 or /48 in a bucket, and among the replicas of a key. Default 2. */
  readonly perSubnetInBucket?: number;
  /** Most contacts of one public /24 or /48 in the routing table. Default 10. */
  readonly perSubnetInTable?: number;
  /** Most entries that this node may announce. Default 131,072: as many subscriptions and registrations as a node may have, and some. */
  readonly maxOwnEntries?: number;
  /** Most records held for others. Default 262,144. */
  readonly maxRecords?: number;
  /** Most bytes of records held for others. Default 268,435,456 (256 MiB). */
  readonly maxBytes?: number;
  /** Most records held under one key. Default 16,384. */
  readonly maxRecordsPerKey?: number;
  /** Most records held of one announcing node. Default 131,072, as many as it may announce. */
  readonly maxRecordsPerNode?: number;
  /** Most leases given to watchers. Default 65,536. */
  readonly maxLeases?: number;
}

export type KademliaSettings = Readonly<Required<KademliaOptions>>;

const defaults: KademliaSettings = {
  k: 20,
  alpha: 3,
  disjointPaths: 3,
  readReplicas: 3,
  watchReplicas: 3,
  notifyFanout: 22,
  requestTimeoutMs: 1_000,
  tries: 3,
  stallMs: 500,
  lifetimeMs: 1_800_000,
  republishMs: 600_000,
  refreshMs: 3_600_000,
  antiEntropyMs: 60_000,
  leaseMs: 120_000,
  cacheMs: 300_000,
  maxCachedKeys: 10_000,
  perSubnetInBucket: 2,
  perSubnetInTable: 10,
  maxOwnEntries: 131_072,
  maxRecords: 262_144,
  maxBytes: 268_435_456,
  maxRecordsPerKey: 16_384,
  maxRecordsPerNode: 131_072,
  maxLeases: 65_536,
};

const wholeNumbers: readonly (keyof KademliaSettings)[] = [
  'k',
  'alpha',
  'disjointPaths',
  'readReplicas',
  'watchReplicas',
  'notifyFanout',
  'tries',
];

/** Fills in defaults. Throws InvalidArgumentError for what cannot work. */
export function kademliaSettings(options: KademliaOptions): KademliaSettings {
  const settings: Record<keyof KademliaSettings, number> = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof KademliaSettings)[]) {
    const value = options[name] ?? defaults[name];
    if (typeof value !== 'number' || !(value > 0) || value === Infinity) {
      throw new InvalidArgumentError(`${name} must be a positive number, got ${String(value)}`);
    }
    if (wholeNumbers.includes(name) && !Number.isSafeInteger(value)) {
      throw new InvalidArgumentError(`${name} must be a whole number, got ${value}`);
    }
    settings[name] = value;
  }
  if (settings.notifyFanout < 2) {
    throw new InvalidArgumentError('notifyFanout must be at least 2: one branch is no tree');
  }
  if (settings.lifetimeMs > 24 * 3_600_000) {
    throw new InvalidArgumentError(
      `lifetimeMs must be at most 24 hours, got ${settings.lifetimeMs}`,
    );
  }
  if (settings.republishMs >= settings.lifetimeMs) {
    throw new InvalidArgumentError(
      `republishMs (${settings.republishMs}) must be below lifetimeMs (${settings.lifetimeMs})`,
    );
  }
  return settings;
}
