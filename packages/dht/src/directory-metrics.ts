import type { Counter, Metrics } from '@macula/core';

export interface DirectoryMetrics {
  readonly framesSent: Counter;
  readonly recordsSent: Counter;
  readonly recordsReceived: Counter;
  /** Entries of peers that exceeded a limit here. */
  readonly ignored: Counter;
  /** Batches that did not follow what is held. */
  readonly gaps: Counter;
  /** What peers claimed to hold of this node that cannot be. */
  readonly implausible: Counter;
}

export function directoryMetrics(
  metrics: Metrics,
  sizes: { readonly own: () => number; readonly all: () => number },
): DirectoryMetrics {
  const name = 'macula_directory_entries';
  const help = 'Directory entries held by this node, by who announced them';
  metrics.observedGauge({ name, help, labels: { origin: 'self' } }, sizes.own);
  metrics.observedGauge(
    { name, help, labels: { origin: 'peers' } },
    () => sizes.all() - sizes.own(),
  );
  const counter = (metric: string, meaning: string): Counter =>
    metrics.counter({ name: `macula_directory_${metric}_total`, help: meaning });
  return {
    framesSent: counter('frames_sent', 'Frames of directory entries sent'),
    recordsSent: counter('records_sent', 'Directory entries and withdrawals sent'),
    recordsReceived: counter('records_received', 'Directory entries and withdrawals received'),
    ignored: counter('records_ignored', 'Directory entries of peers that exceeded a limit'),
    gaps: counter('gaps', 'Batches of directory entries that did not follow what was held'),
    implausible: counter('claims_refused', 'Claims of peers about this node that cannot be true'),
  };
}
