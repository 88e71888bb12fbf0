import type { Counter, Histogram, Metrics } from '@macula/core';
import type { DropReason } from '../buffer/event-lane.ts';

const prefix = 'macula_wamp_bridge';
const seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30];

type Way = 'to_mesh' | 'to_router';

/** What one way across counts. */
export interface WayTally {
  readonly crossed: Counter;
  readonly latency: Histogram;
  readonly dropped: Readonly<Record<DropReason, Counter>>;
}

/** The counters of a bridge. */
export class BridgeTally {
  readonly toMesh: WayTally;
  readonly toRouter: WayTally;
  /** Events that a fellow bridge had brought across already. */
  readonly looped: Counter;
  readonly callsToMesh: Counter;
  readonly callsToRouter: Counter;
  readonly failedCallsToMesh: Counter;
  readonly failedCallsToRouter: Counter;

  constructor(metrics: Metrics) {
    const way = (direction: Way): WayTally => {
      const dropped = (reason: DropReason): Counter =>
        metrics.counter({
          name: `${prefix}_events_dropped_total`,
          help: 'Events that did not cross',
          labels: { direction, reason },
        });
      return {
        crossed: metrics.counter({
          name: `${prefix}_events_total`,
          help: 'Events that crossed and were acknowledged',
          labels: { direction },
        }),
        latency: metrics.histogram({
          name: `${prefix}_event_seconds`,
          help: 'Time from an event coming in to its acknowledgement on the other side',
          labels: { direction },
          buckets: seconds,
        }),
        dropped: {
          overflow: dropped('overflow'),
          age: dropped('age'),
          refused: dropped('refused'),
          fatal: dropped('fatal'),
        },
      };
    };
    const calls = (direction: Way, outcome: 'answered' | 'failed'): Counter =>
      metrics.counter({
        name: `${prefix}_calls_total`,
        help: 'Calls that crossed',
        labels: { direction, outcome },
      });
    this.toMesh = way('to_mesh');
    this.toRouter = way('to_router');
    this.looped = metrics.counter({
      name: `${prefix}_events_looped_total`,
      help: 'Events that a bridge of the group had brought, and that did not go back',
    });
    this.callsToMesh = calls('to_mesh', 'answered');
    this.callsToRouter = calls('to_router', 'answered');
    this.failedCallsToMesh = calls('to_mesh', 'failed');
    this.failedCallsToRouter = calls('to_router', 'failed');
  }
}
