import type { Address } from '../address.ts';
import type { NodeId } from '../node-id.ts';
import type { Unsubscribe } from './unsubscribe.ts';

/** `alive`; `suspect`: does not answer, may come back; `failed`: given up; `left`: said goodbye. */
export type MemberStatus = 'alive' | 'suspect' | 'failed' | 'left';

export interface Member {
  readonly id: NodeId;
  readonly addresses: readonly Address[];
  readonly status: MemberStatus;
  /** Grows with every life of the node: a restarted process has a higher incarnation. */
  readonly incarnation: bigint;
  /** What the member says of itself; at most 512 bytes in all. */
  readonly metadata: Readonly<Record<string, string>>;
}

export type MembershipChange =
  | { readonly type: 'joined'; readonly member: Member }
  | { readonly type: 'suspected'; readonly member: Member }
  | { readonly type: 'recovered'; readonly member: Member }
  | { readonly type: 'failed'; readonly member: Member }
  | { readonly type: 'left'; readonly member: Member }
  | { readonly type: 'updated'; readonly member: Member };

/** Who is in the mesh. */
export interface Membership {
  /** This node, as others see it. */
  readonly self: Member;
  /** All other members that are `alive` or `suspect`. */
  members(): Iterable<Member>;
  get(id: NodeId): Member | undefined;
  onChange(listener: (change: MembershipChange) => void): Unsubscribe;
  /** Replaces this node's metadata and tells the others. */
  setMetadata(metadata: Readonly<Record<string, string>>): void;
}
