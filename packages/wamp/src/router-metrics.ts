import type { Counter, Metrics } from '@macula/core';

/** Why a session was ended by the router. */
const endings = ['violation', 'refused', 'slow', 'killed', 'timeout'] as const;
export type Ending = (typeof endings)[number];

/** What a router counts. */
export interface RouterMetrics {
  readonly joined: Counter;
  readonly ended: Readonly<Record<Ending, Counter>>;
  /** Messages from clients. */
  readonly received: Counter;
  /** Events handed to clients. */
  readonly events: Counter;
  readonly calls: Counter;
  readonly invocations: Counter;
  /** Parts of meta procedures' answers that other routers did not give. */
  readonly missingParts: Counter;
}

export function routerMetrics(metrics: Metrics, sessions: () => number): RouterMetrics {
  metrics.observedGauge(
    { name: 'macula_wamp_sessions', help: 'Clients that have joined' },
    sessions,
  );
  const counter = (what: string, help: string): Counter =>
    metrics.counter({ name: `macula_wamp_${what}_total`, help });
  const ended = Object.fromEntries(
    endings.map((reason) => [
      reason,
      metrics.counter({
        name: 'macula_wamp_sessions_ended_total',
        help: 'Sessions that the router ended, by reason',
        labels: { reason },
      }),
    ]),
  ) as Record<Ending, Counter>;
  return {
    ended,
    joined: counter('sessions_joined', 'Clients that have joined so far'),
    received: counter('messages_received', 'Messages from clients'),
    events: counter('events_sent', 'Events handed to clients'),
    calls: counter('calls', 'Calls of clients'),
    invocations: counter('invocations', 'Calls handed to clients'),
    missingParts: counter('meta_missing_parts', 'Parts of answers that other routers did not give'),
  };
}
