import { type Clock, InvalidArgumentError, NodeId, type Unsubscribe } from '@macula/core';
import { FrameWriter } from '@macula/wire';
import { BurstMemory } from './burst-memory.ts';
import { changeConditions, type NetworkConditions, perfectConditions } from './conditions.ts';
import { FrameReader } from './frame-reader.ts';
import { type HandlerFailure, remember } from './handler-failures.ts';
import type { Host } from './host.ts';
import { type LinkLimits, linkLimits } from './link-limits.ts';
import type { FrameObserver } from './medium.ts';
import { Topology } from './topology.ts';
import { TrafficStats } from './traffic-stats.ts';

/** One node or several. */
export type NodeGroup = NodeId | Iterable<NodeId>;

/** What the network does to packets, what its links are bounded by, and who watches. */
export interface GroundOptions extends Partial<NetworkConditions>, Partial<LinkLimits> {
  /** Is told of every frame that arrives on a shared stream or as a datagram. */
  readonly onFrame?: FrameObserver;
}

/** What every network in memory stands on, wherever its nodes run. */
export abstract class NetworkGround {
  readonly clock: Clock;
  readonly limits: LinkLimits;
  readonly topology = new Topology();
  readonly stats = new TrafficStats();
  readonly bursts = new BurstMemory();
  readonly writer = new FrameWriter();
  readonly frameReader: FrameReader;
  readonly onFrame: FrameObserver | undefined;
  readonly failures: HandlerFailure[] = [];
  conditions: NetworkConditions;

  /** Throws InvalidArgumentError for conditions or limits out of range. */
  constructor(clock: Clock, { onFrame, ...rest }: GroundOptions) {
    const [conditions, limits] = separate(rest);
    this.clock = clock;
    this.onFrame = onFrame;
    this.conditions = changeConditions(perfectConditions, conditions);
    this.limits = linkLimits(limits);
    this.frameReader = new FrameReader(this.limits.frameBytes);
  }

  /** Lets every link look again at who gets through to whom. */
  protected abstract review(): void;

  change(conditions: Partial<NetworkConditions>): void {
    this.conditions = changeConditions(this.conditions, conditions);
  }

  partition(a: NodeGroup, b: NodeGroup, options: { oneWay?: boolean } = {}): Unsubscribe {
    const undo = this.topology.cut(keysOf(a), keysOf(b), options.oneWay !== true);
    this.review();
    return () => {
      undo();
      this.review();
    };
  }

  heal(): void {
    this.topology.heal();
    this.review();
  }

  report(failure: HandlerFailure): void {
    remember(this.failures, failure);
  }
}

/** `host`, which must be there, in one of these conditions. Throws InvalidArgumentError. */
export function hostIn<H extends Host>(
  host: H | undefined,
  id: NodeId,
  conditions: readonly Host['condition'][],
): H {
  if (host === undefined) throw new InvalidArgumentError(`node ${id.key} is not in the network`);
  if (conditions.includes(host.condition)) return host;
  throw new InvalidArgumentError(
    `node ${id.key} is ${host.condition}, which allows this only when ${conditions.join(' or ')}`,
  );
}

function keysOf(group: NodeGroup): string[] {
  return group instanceof NodeId ? [group.key] : Array.from(group, (id) => id.key);
}

/** Tells conditions from limits. */
function separate(
  options: Partial<NetworkConditions> & Partial<LinkLimits>,
): [Partial<NetworkConditions>, Partial<LinkLimits>] {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  const isCondition = ([name]: [string, unknown]): boolean => name in perfectConditions;
  return [
    Object.fromEntries(entries.filter(isCondition)) as Partial<NetworkConditions>,
    Object.fromEntries(entries.filter((entry) => !isCondition(entry))) as Partial<LinkLimits>,
  ];
}
