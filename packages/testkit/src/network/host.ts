import type { NodeId } from '@macula/core';

/** A process in the network, as the packets see it. */
export interface Host {
  readonly self: NodeId;
  /** `paused`: packets wait at its door; `crashed`: nobody answers; `stopped`: its port is closed. */
  readonly condition: 'running' | 'paused' | 'crashed' | 'stopped';
}
