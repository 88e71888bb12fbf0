import type { Counter, Histogram, Metrics } from '@macula/core';

/** How a call ended, for its metric. */
export type CallOutcome =
  | 'ok'
  | 'error'
  | 'timeout'
  | 'aborted'
  | 'lost'
  | 'unavailable'
  | 'overloaded'
  | 'no_such_procedure'
  | 'limit_exceeded';

/** How an invocation ended at the callee, for its metric. */
export type InvocationOutcome = 'ok' | 'error' | 'canceled' | 'timeout' | 'refused';

/** The series of this package, asked for once. */
export interface RpcMetrics {
  readonly calls: Readonly<Record<CallOutcome, Counter>>;
  readonly invocations: Readonly<Record<InvocationOutcome, Counter>>;
  /** Seconds from call to result. */
  readonly duration: Histogram;
  readonly retries: Counter;
  readonly breakerOpened: Counter;
  readonly conflicts: Counter;
  readonly badRegistrations: Counter;
  /** Answers to calls that are over. */
  readonly staleAnswers: Counter;
  /** Bodies of peers that do not decode. */
  readonly malformed: Counter;
}

const callOutcomes: readonly CallOutcome[] = [
  'ok',
  'error',
  'timeout',
  'aborted',
  'lost',
  'unavailable',
  'overloaded',
  'no_such_procedure',
  'limit_exceeded',
];
const invocationOutcomes: readonly InvocationOutcome[] = [
  'ok',
  'error',
  'canceled',
  'timeout',
  'refused',
];
const durationBuckets = [
  0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
  2.5, 5, 10, 30,
];

export function rpcMetrics(
  metrics: Metrics,
  read: { inFlight: () => number; running: () => number },
): RpcMetrics {
  const counter = (name: string, help: string): Counter => metrics.counter({ name, help });
  metrics.observedGauge(
    { name: 'macula_rpc_calls_in_flight', help: 'Calls of this node that have not settled.' },
    read.inFlight,
  );
  metrics.observedGauge(
    { name: 'macula_rpc_invocations_running', help: 'Handlers of this node that run now.' },
    read.running,
  );
  return {
    calls: perOutcome(
      metrics,
      'macula_rpc_calls_total',
      'Calls of this node, by how they ended.',
      callOutcomes,
    ),
    invocations: perOutcome(
      metrics,
      'macula_rpc_invocations_total',
      'Calls that this node was asked to handle, by how they ended.',
      invocationOutcomes,
    ),
    duration: metrics.histogram({
      name: 'macula_rpc_call_duration_seconds',
      help: 'Time from a call to its result, successful calls only.',
      buckets: durationBuckets,
    }),
    retries: counter('macula_rpc_retries_total', 'Calls that were made again.'),
    breakerOpened: counter(
      'macula_rpc_breaker_opened_total',
      'Circuits that opened after consecutive failures of a callee.',
    ),
    conflicts: counter(
      'macula_rpc_registration_conflicts_total',
      'Registrations of this node that lost to an earlier one.',
    ),
    badRegistrations: counter(
      'macula_rpc_bad_registrations_total',
      'Announced registrations that do not decode, are misplaced, or are too many.',
    ),
    staleAnswers: counter(
      'macula_rpc_stale_answers_total',
      'Answers that arrived for a call that does not exist.',
    ),
    malformed: counter(
      'macula_rpc_malformed_bodies_total',
      'Arguments and results of peers that do not decode.',
    ),
  };
}

function perOutcome<T extends string>(
  metrics: Metrics,
  name: string,
  help: string,
  outcomes: readonly T[],
): Readonly<Record<T, Counter>> {
  return Object.fromEntries(
    outcomes.map((outcome) => [outcome, metrics.counter({ name, help, labels: { outcome } })]),
  ) as Record<T, Counter>;
}
