import type { NodeId } from '@macula/core';
import type { NodeTally } from './traffic-stats.ts';

/** A process in the network, as the packets see it. */
export interface Host {
  readonly self: NodeId;
  /** What it has sent and taken in, over all its lives. */
  readonly traffic: NodeTally;
  /** `paused`: packets wait at its door; `crashed`: nobody answers; `stopped`: its port is closed. */
  readonly condition: 'running' | 'paused' | 'crashed' | 'stopped';
}
