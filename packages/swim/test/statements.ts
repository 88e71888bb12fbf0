import { NodeId } from '@macula/core';
import type { MemberStatement } from '../src/member-statement.ts';

/** The node whose ID is `n` over and over. */
export const nodeId = (n: number): NodeId => NodeId.fromBytes(new Uint8Array(32).fill(n));

export const statement = (n: number, incarnation = 1n): MemberStatement => ({
  id: nodeId(n),
  incarnation,
  addresses: [{ host: `10.0.0.${n}`, port: 4433 }],
  metadata: {},
});
