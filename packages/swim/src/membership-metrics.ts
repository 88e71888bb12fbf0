import type { Counter, MembershipChange, Metrics } from '@macula/core';
import type { MemberTable } from './member-table.ts';

export interface MembershipMetrics {
  readonly changes: Readonly<Record<MembershipChange['type'], Counter>>;
  readonly refused: Counter;
  readonly bootstrapFailures: Counter;
  readonly dialFailures: Counter;
}

const states = ['candidate', 'alive', 'suspect', 'failed', 'left'] as const;

export function membershipMetrics(metrics: Metrics, table: MemberTable): MembershipMetrics {
  for (const status of states) {
    metrics.observedGauge(
      {
        name: 'macula_membership_members',
        help: 'Other nodes that this node knows of, by what it thinks of them',
        labels: { status },
      },
      () => table.count((member) => member.lifecycle.state === status),
    );
  }
  const change = (type: MembershipChange['type']): Counter =>
    metrics.counter({
      name: 'macula_membership_changes_total',
      help: 'Changes of membership that were reported',
      labels: { type },
    });
  const counter = (name: string, help: string): Counter => metrics.counter({ name, help });
  return {
    changes: {
      joined: change('joined'),
      suspected: change('suspected'),
      recovered: change('recovered'),
      failed: change('failed'),
      left: change('left'),
      updated: change('updated'),
    },
    refused: counter(
      'macula_membership_refused_total',
      'Nodes that were not admitted as members because the mesh was full',
    ),
    bootstrapFailures: counter(
      'macula_membership_bootstrap_failures_total',
      'Dials of bootstrap addresses that failed',
    ),
    dialFailures: counter(
      'macula_membership_dial_failures_total',
      'Dials of members and candidates that failed',
    ),
  };
}
