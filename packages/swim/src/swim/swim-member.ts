import type { Address, Member, MemberStatus, NodeId } from '@macula/core';
import type { MemberStatement } from '../member-statement.ts';
import type { Rumour } from './rumour.ts';
import type { Suspicion } from './suspicion.ts';

/** What this node knows of one other member. */
export class SwimMember {
  readonly id: NodeId;
  status: MemberStatus = 'alive';
  incarnation: bigint;
  addresses: readonly Address[];
  metadata: Readonly<Record<string, string>>;
  /** Set while it is suspect. */
  suspicion: Suspicion | undefined;
  /** Who accused it last. */
  accuser: NodeId | undefined;
  /** When it got its status, in the clock's milliseconds. */
  since: number;

  constructor({ id, incarnation, addresses, metadata }: MemberStatement, now: number) {
    this.id = id;
    this.incarnation = incarnation;
    this.addresses = addresses;
    this.metadata = metadata;
    this.since = now;
  }

  /** Alive or suspect. */
  get present(): boolean {
    return this.status === 'alive' || this.status === 'suspect';
  }

  toMember(): Member {
    const { id, addresses, status, incarnation, metadata } = this;
    return { id, addresses, status, incarnation, metadata };
  }

  /** What this node says of it to somebody who may know nothing: a suspect's description goes before the suspicion. */
  rumours(): readonly Rumour[] {
    const { id, incarnation, addresses, metadata, status, accuser } = this;
    const said = { id, incarnation, addresses, metadata };
    const alive: Rumour = { ...said, status: 'alive' };
    if (status === 'alive') return [alive];
    const word: Rumour = { ...said, status, ...(accuser !== undefined && { accuser }) };
    return status === 'suspect' ? [alive, word] : [word];
  }

  /** The last of `rumours()`: what makes the difference. */
  rumour(): Rumour {
    return this.rumours().at(-1) as Rumour;
  }
}
