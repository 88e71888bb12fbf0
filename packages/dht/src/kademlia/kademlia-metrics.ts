import type { Counter, Histogram, Metrics, Unsubscribe } from '@macula/core';
import type { Merged } from './record-store.ts';

export interface KademliaMetrics {
  readonly requests: Counter;
  readonly requestFailures: Counter;
  readonly served: Counter;
  readonly lookups: Counter;
  readonly cacheHits: Counter;
  readonly lookupHops: Histogram;
  readonly lookupRequests: Histogram;
  readonly stores: Counter;
  readonly storesUnconfirmed: Counter;
  readonly notifications: Counter;
  readonly refused: Readonly<Record<'expired' | 'forged' | 'full' | 'malformed', Counter>>;
}

/** What gauges show when somebody looks. */
export interface KademliaSizes {
  contacts(): number;
  buckets(): number;
  records(): number;
  watchedKeys(): number;
  leases(): number;
}

export function kademliaMetrics(metrics: Metrics, sizes: KademliaSizes): KademliaMetrics {
  const gauge = (name: string, help: string, read: () => number): Unsubscribe =>
    metrics.observedGauge({ name: `macula_dht_${name}`, help }, read);
  gauge('contacts', 'Nodes in the routing table', () => sizes.contacts());
  gauge('buckets', 'Buckets of the routing table that are in use', () => sizes.buckets());
  gauge('records', 'Directory records held, withdrawals included', () => sizes.records());
  gauge('watched_keys', 'Keys that this node watches', () => sizes.watchedKeys());
  gauge('leases', 'Watchers that this node notifies', () => sizes.leases());
  const counter = (name: string, help: string): Counter =>
    metrics.counter({ name: `macula_dht_${name}_total`, help });
  const refused = (reason: string): Counter =>
    metrics.counter({
      name: 'macula_dht_records_refused_total',
      help: 'Directory records of peers that were refused',
      labels: { reason },
    });
  return {
    requests: counter('requests', 'Requests sent, retries not counted'),
    requestFailures: counter('request_failures', 'Requests that failed after all tries'),
    served: counter('requests_served', 'Requests answered'),
    lookups: counter('lookups', 'Lookups that went over the network'),
    cacheHits: counter('cache_hits', 'Lookups answered from what was known'),
    lookupHops: metrics.histogram({
      name: 'macula_dht_lookup_hops',
      help: 'Nodes asked one after the other until the first that had the key',
      buckets: [1, 2, 3, 4, 5, 6, 8, 10, 15],
    }),
    lookupRequests: metrics.histogram({
      name: 'macula_dht_lookup_requests',
      help: 'Requests that a lookup took',
      buckets: [1, 3, 5, 10, 20, 30, 50, 100],
    }),
    stores: counter('stores', 'Announcements stored at replicas, renewals included'),
    storesUnconfirmed: counter('stores_unconfirmed', 'Stores that no quorum confirmed'),
    notifications: counter('notifications', 'Notifications sent to watchers'),
    refused: {
      expired: refused('expired'),
      forged: refused('forged'),
      full: refused('full'),
      malformed: refused('malformed'),
    },
  };
}

/** Counts a record that was not taken. */
export function countRefusal(metrics: KademliaMetrics, merged: Merged): boolean {
  if (merged === 'new' || merged === 'known') return false;
  metrics.refused[merged].inc();
  return true;
}
