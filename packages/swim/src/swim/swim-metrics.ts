import type { Counter, MembershipChange, MemberStatus, Metrics, Unsubscribe } from '@macula/core';

export interface SwimMetrics {
  readonly changes: Readonly<Record<MembershipChange['type'], Counter>>;
  readonly probes: Counter;
  readonly failedProbes: Counter;
  readonly indirectProbes: Counter;
  readonly refutations: Counter;
  readonly outdone: Counter;
  readonly rumours: Counter;
  readonly refused: Counter;
  readonly implausible: Counter;
  readonly syncs: Counter;
  readonly failedSyncs: Counter;
  readonly bootstrapFailures: Counter;
}

/** What is read when somebody looks. */
export interface SwimGauges {
  members(status: MemberStatus): number;
  neighbours(): number;
  localHealth(): number;
  queuedRumours(): number;
}

const statuses: readonly MemberStatus[] = ['alive', 'suspect', 'failed', 'left'];

export function swimMetrics(metrics: Metrics, gauges: SwimGauges): SwimMetrics {
  for (const status of statuses) {
    metrics.observedGauge(
      {
        name: 'macula_swim_members',
        help: 'Other nodes that this node knows of, by what it thinks of them',
        labels: { status },
      },
      () => gauges.members(status),
    );
  }
  const gauge = (name: string, help: string, read: () => number): Unsubscribe =>
    metrics.observedGauge({ name, help }, read);
  gauge('macula_swim_neighbours', 'Members that this node keeps a link to', gauges.neighbours);
  gauge('macula_swim_local_health', '0 is well; intervals are stretched by this plus one', () =>
    gauges.localHealth(),
  );
  gauge('macula_swim_queued_rumours', 'Rumours that are being passed on', gauges.queuedRumours);
  const counter = (name: string, help: string): Counter => metrics.counter({ name, help });
  const change = (type: MembershipChange['type']): Counter =>
    metrics.counter({
      name: 'macula_swim_changes_total',
      help: 'Changes of membership that were reported',
      labels: { type },
    });
  return {
    changes: {
      joined: change('joined'),
      suspected: change('suspected'),
      recovered: change('recovered'),
      failed: change('failed'),
      left: change('left'),
      updated: change('updated'),
    },
    probes: counter('macula_swim_probes_total', 'Members that were probed'),
    failedProbes: counter('macula_swim_failed_probes_total', 'Probes without any answer'),
    indirectProbes: counter(
      'macula_swim_indirect_probes_total',
      'Probes that others were asked for',
    ),
    refutations: counter('macula_swim_refutations_total', 'Suspicions of itself that it refuted'),
    outdone: counter(
      'macula_swim_outdone_lives_total',
      'Other lives under its ID that it outdid: its own earlier ones, or those of a second node',
    ),
    rumours: counter('macula_swim_rumours_total', 'Rumours that were news'),
    refused: counter('macula_swim_refused_total', 'Nodes that were not taken: too many members'),
    implausible: counter(
      'macula_swim_implausible_rumours_total',
      'Rumours of incarnations far ahead of the wall clock, which were not believed',
    ),
    syncs: counter('macula_swim_syncs_total', 'Comparisons of all that is known'),
    failedSyncs: counter('macula_swim_failed_syncs_total', 'Comparisons that broke off'),
    bootstrapFailures: counter(
      'macula_swim_bootstrap_failures_total',
      'Dials of bootstrap addresses that failed',
    ),
  };
}
