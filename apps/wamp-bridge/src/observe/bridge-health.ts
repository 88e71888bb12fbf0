import type { MaculaNode, NodeHealth } from '@macula/node';
import type { EventLane } from '../buffer/event-lane.ts';
import type { Crossings } from '../crossing/crossings.ts';
import type { Fellowship } from '../duty/fellowship.ts';
import type { Uplink } from '../router/uplink.ts';
import type { UplinkState } from '../router/uplink-machine.ts';
import type { CountedMetrics } from './counted.ts';

interface WayHealth {
  /** Events that crossed and were acknowledged. */
  readonly crossed: number;
  readonly dropped: number;
  /** In the buffer. */
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly inFlight: number;
  /** Kept until the fellow whose topics they are on has carried them. */
  readonly shadowed: number;
  readonly topics: readonly string[];
  readonly procedures: readonly string[];
}

/** How a bridge is, ready for JSON. */
export interface BridgeHealth {
  /**
   * `settling`: both sides are there, and it is being found out who carries what. `connected`: this bridge carries its share.
   * `degraded`: the same, and something that is wanted is refused. `buffering`: a side is away.
   */
  readonly status: 'connecting' | 'settling' | 'connected' | 'degraded' | 'buffering' | 'stopped';
  readonly router: {
    readonly state: UplinkState;
    readonly session: number | undefined;
    readonly sessions: number;
    readonly wanted: number;
    readonly refused: number;
    readonly lastFailure: string | undefined;
  };
  /** How many other bridges are up, as far as this one has heard, and whether it carries its own share of the topics. */
  readonly group: { readonly fellows: number; readonly works: boolean };
  readonly toMesh: WayHealth;
  readonly toRouter: WayHealth;
  readonly node: NodeHealth;
}

interface Way {
  readonly lane: EventLane;
  readonly shadowed: number;
}

export interface HealthSources {
  readonly node: MaculaNode;
  readonly uplink: Uplink;
  readonly fellowship: Fellowship;
  readonly counted: CountedMetrics;
  readonly crossings: Crossings;
  readonly reachesMesh: boolean;
  readonly toMesh: Way;
  readonly toRouter: Way;
}

/** Names of one kind that are shown at most. */
const maxNames = 200;

export function healthOf(sources: HealthSources): BridgeHealth {
  const { node, uplink, fellowship } = sources;
  return {
    status: statusOf(uplink.state, sources),
    router: {
      state: uplink.state,
      session: uplink.session?.id,
      sessions: uplink.sessions,
      ...uplink.counts,
      lastFailure: uplink.lastFailure,
    },
    group: { fellows: fellowship.fellowsUp, works: fellowship.works },
    toMesh: wayHealth(sources, 'to-mesh', sources.toMesh),
    toRouter: wayHealth(sources, 'to-router', sources.toRouter),
    node: node.health(),
  };
}

function statusOf(
  state: UplinkState,
  { reachesMesh, fellowship }: HealthSources,
): BridgeHealth['status'] {
  if (state === 'stopped') return 'stopped';
  if (!reachesMesh) return 'buffering';
  if (state === 'connected' || state === 'degraded') return fellowship.works ? state : 'settling';
  return state === 'replaying' ? 'connecting' : state;
}

function wayHealth(
  { counted, crossings }: HealthSources,
  way: 'to-mesh' | 'to-router',
  { lane, shadowed }: Way,
): WayHealth {
  const direction = way === 'to-mesh' ? 'to_mesh' : 'to_router';
  const prefix = 'macula_wamp_bridge_events';
  const dropped = ['overflow', 'age', 'refused', 'fatal'].map((reason) =>
    counted.count(`${prefix}_dropped_total`, { direction, reason }),
  );
  const { waiting, bytes, inFlight } = lane.counts;
  return {
    crossed: counted.count(`${prefix}_total`, { direction }),
    dropped: dropped.reduce((sum, count) => sum + count, 0),
    ...{ waiting, waitingBytes: bytes, inFlight, shadowed },
    topics: crossings.names('events', way).slice(0, maxNames),
    procedures: crossings.names('procedures', way).slice(0, maxNames),
  };
}
