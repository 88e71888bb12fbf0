import type { Clock, FrameView, NodeId, Random } from '@macula/core';
import type { FrameWriter } from '@macula/wire';
import type { BurstMemory } from './burst-memory.ts';
import type { NetworkConditions } from './conditions.ts';
import type { Deliveries } from './delivery-queue.ts';
import type { FrameReader } from './frame-reader.ts';
import type { HandlerFailure } from './handler-failures.ts';
import type { LinkLimits } from './link-limits.ts';
import type { SendTurn } from './send-turn.ts';
import type { Topology } from './topology.ts';
import type { TrafficStats } from './traffic-stats.ts';

/** Is told of every frame that arrives, before its handler; the view is valid during the call. */
export type FrameObserver = (from: NodeId, to: NodeId, frame: FrameView) => void;

/** What all links of one network share. */
export interface Medium {
  readonly clock: Clock;
  readonly random: Random;
  readonly conditions: NetworkConditions;
  readonly limits: LinkLimits;
  readonly deliveries: Deliveries;
  readonly sendTurn: SendTurn;
  readonly topology: Topology;
  readonly stats: TrafficStats;
  readonly frameReader: FrameReader;
  readonly bursts: BurstMemory;
  /** For frames of the network's own; whoever takes one copies it at once. */
  readonly writer: FrameWriter;
  readonly onFrame: FrameObserver | undefined;
  report(failure: HandlerFailure): void;
}
