import type { Counter, Metrics } from '@macula/core';

/** A replica's series. */
export interface ReplicaMetrics {
  readonly sentBytes: Counter;
  readonly refused: Counter;
  readonly news: Counter;
  readonly known: Counter;
  readonly rejected: Counter;
  readonly skewed: Counter;
  readonly ignored: Counter;
  readonly comparisons: Counter;
  readonly differences: Counter;
  readonly overflows: Counter;
}

export function replicaMetrics(
  metrics: Metrics,
  read: { documents: () => number; bufferedBytes: () => number },
): ReplicaMetrics {
  const received = (result: string): Counter =>
    metrics.counter({
      name: 'macula_crdt_received_total',
      help: 'Deltas and pieces of state that peers sent, by what became of them',
      labels: { result },
    });
  metrics.observedGauge(
    { name: 'macula_crdt_documents', help: 'Documents that this replica holds' },
    read.documents,
  );
  metrics.observedGauge(
    {
      name: 'macula_crdt_buffered_bytes',
      help: 'Deltas kept for peers that have not confirmed them',
    },
    read.bufferedBytes,
  );
  return {
    sentBytes: metrics.counter({
      name: 'macula_crdt_sent_bytes_total',
      help: 'Bytes of replication frames that links took',
    }),
    refused: metrics.counter({
      name: 'macula_crdt_refused_total',
      help: 'Replication frames that a link did not take, because its queue was full or it was closing',
    }),
    news: received('news'),
    known: received('known'),
    rejected: received('rejected'),
    skewed: received('skewed'),
    ignored: received('ignored'),
    comparisons: metrics.counter({
      name: 'macula_crdt_comparisons_total',
      help: 'Comparisons with peers that this replica began',
    }),
    differences: metrics.counter({
      name: 'macula_crdt_differences_total',
      help: 'Documents that were found to differ from a peer',
    }),
    overflows: metrics.counter({
      name: 'macula_crdt_buffer_overflows_total',
      help: 'Times that a delta buffer was full, so that peers are brought up by comparing states',
    }),
  };
}
