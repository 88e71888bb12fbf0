import {
  InvalidArgumentError,
  Listeners,
  type Member,
  type MembershipChange,
  type NodeId,
  type Unsubscribe,
} from '@macula/core';
import type { MemoryMembershipNode } from './memory-membership.ts';

const longestMetadata = 512;

/** Where a node's own changes go. */
export interface MembershipEvents {
  updated(): void;
  left(): void;
}

/** What one node sees of the shared membership. */
export class MembershipView implements MemoryMembershipNode {
  self: Member;
  private readonly events: MembershipEvents;
  private readonly known = new Map<string, Member>();
  private readonly listeners = new Listeners<[MembershipChange]>();
  private gone = false;

  constructor(self: Member, events: MembershipEvents) {
    this.self = self;
    this.events = events;
  }

  members(): Iterable<Member> {
    return [...this.known.values()].filter(
      ({ status }) => status === 'alive' || status === 'suspect',
    );
  }

  get(id: NodeId): Member | undefined {
    return this.known.get(id.key);
  }

  onChange(listener: (change: MembershipChange) => void): Unsubscribe {
    return this.listeners.add(listener);
  }

  setMetadata(metadata: Readonly<Record<string, string>>): void {
    this.self = { ...this.self, metadata: checkedMetadata(metadata) };
    if (!this.gone) this.events.updated();
  }

  leave(): void {
    if (this.gone) return;
    this.gone = true;
    this.listeners.clear();
    this.known.clear();
    this.events.left();
  }

  learn(change: MembershipChange): void {
    if (this.gone) return;
    this.known.set(change.member.id.key, change.member);
    this.listeners.emit(change);
  }
}

/** A copy of `metadata`. Throws InvalidArgumentError when it is longer than 512 bytes. */
export function checkedMetadata(
  metadata: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const length = Buffer.byteLength(Object.entries(metadata).flat().join(''));
  if (length > longestMetadata) {
    throw new InvalidArgumentError(
      `metadata has at most ${longestMetadata} bytes, this has ${length}`,
    );
  }
  return { ...metadata };
}
