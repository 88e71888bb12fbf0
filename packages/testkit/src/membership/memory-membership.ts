import {
  type Address,
  type Clock,
  InvalidArgumentError,
  type Membership,
  type MembershipChange,
  type NodeId,
  systemClock,
} from '@macula/core';
import { checkedMetadata, MembershipView } from './membership-view.ts';

export interface MemoryMembershipOptions {
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Milliseconds until other nodes learn of a change. Default 1. */
  readonly delayMs?: number;
}

export interface MemoryMemberOptions {
  readonly id: NodeId;
  /** Default none. */
  readonly addresses?: readonly Address[];
  /** Default empty. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** One node's Membership. */
export interface MemoryMembershipNode extends Membership {
  /** Says goodbye. Idempotent. */
  leave(): void;
}

/** A membership in memory, in which the test says who is suspected and who has failed: for tests of what stands on a Membership. */
export interface MemoryMembership {
  /** Adds a node. Throws InvalidArgumentError when it is a member already. */
  node(member: MemoryMemberOptions): MemoryMembershipNode;
  /** Lets the others suspect a member. */
  suspect(id: NodeId): void;
  /** Clears a suspicion. */
  recover(id: NodeId): void;
  /** Lets the others give a member up; it may join again with node(). */
  fail(id: NodeId): void;
}

/** Creates a membership in memory. */
export function memoryMembership(options: MemoryMembershipOptions = {}): MemoryMembership {
  return new SharedMembership(options.clock ?? systemClock, options.delayMs ?? 1);
}

class SharedMembership implements MemoryMembership {
  private readonly clock: Clock;
  private readonly delayMs: number;
  private readonly views = new Map<string, MembershipView>();
  private latestIncarnation = 0n;

  constructor(clock: Clock, delayMs: number) {
    this.clock = clock;
    this.delayMs = delayMs;
  }

  node({ id, addresses = [], metadata = {} }: MemoryMemberOptions): MemoryMembershipNode {
    if (this.views.has(id.key)) throw new InvalidArgumentError(`${id.key} is a member already`);
    const wallTime = BigInt(Math.floor(this.clock.wallTime()));
    this.latestIncarnation =
      wallTime > this.latestIncarnation ? wallTime : this.latestIncarnation + 1n;
    const view = new MembershipView(
      {
        id,
        addresses,
        metadata: checkedMetadata(metadata),
        status: 'alive',
        incarnation: this.latestIncarnation,
      },
      {
        updated: () => {
          this.spread(view, 'updated');
        },
        left: () => {
          this.remove(view, 'left');
        },
      },
    );
    const others = [...this.views.values()];
    this.views.set(id.key, view);
    this.spread(view, 'joined');
    this.clock.setTimer(() => {
      for (const other of others) {
        if (this.views.get(other.self.id.key) === other) {
          view.learn({ type: 'joined', member: other.self });
        }
      }
    }, this.delayMs);
    return view;
  }

  suspect(id: NodeId): void {
    const view = this.known(id);
    view.self = { ...view.self, status: 'suspect' };
    this.spread(view, 'suspected');
  }

  recover(id: NodeId): void {
    const view = this.known(id);
    view.self = { ...view.self, status: 'alive' };
    this.spread(view, 'recovered');
  }

  fail(id: NodeId): void {
    this.remove(this.known(id), 'failed');
  }

  private remove(view: MembershipView, type: 'left' | 'failed'): void {
    if (!this.views.delete(view.self.id.key)) return;
    view.self = { ...view.self, status: type };
    this.spread(view, type);
    view.leave();
  }

  private known(id: NodeId): MembershipView {
    const view = this.views.get(id.key);
    if (view === undefined) throw new InvalidArgumentError(`${id.key} is not a member`);
    return view;
  }

  /** Tells everybody else who is there now. */
  private spread(view: MembershipView, type: MembershipChange['type']): void {
    const others = [...this.views.values()].filter((other) => other !== view);
    const member = view.self;
    this.clock.setTimer(() => {
      for (const other of others) other.learn({ type, member });
    }, this.delayMs);
  }
}
