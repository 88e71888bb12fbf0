import type { Address, Member, MemberStatus, NodeId } from '@macula/core';
import type { Rumour } from './rumour.ts';
import type { Suspicion } from './suspicion.ts';

/** As much of a member as it takes to count it. */
export interface MemberView {
  readonly id: NodeId;
  readonly status: MemberStatus;
  readonly incarnation: bigint;
}

/** What this node knows of one other member. */
export class SwimMember {
  /** What it has said of itself last, in this incarnation or an earlier one; shared, and never written. */
  statement: Rumour;
  status: MemberStatus = 'alive';
  incarnation: bigint;
  /** Set while it is suspect. */
  suspicion: Suspicion | undefined;
  /** Who accused it last. */
  accuser: NodeId | undefined;
  /** When it got its status, in the clock's milliseconds; of no meaning while it is alive. */
  since = 0;

  /** One that lives, by its own word. */
  constructor(statement: Rumour) {
    this.statement = statement;
    this.incarnation = statement.incarnation;
  }

  get id(): NodeId {
    return this.statement.id;
  }

  get addresses(): readonly Address[] {
    return this.statement.addresses;
  }

  get metadata(): Readonly<Record<string, string>> {
    return this.statement.metadata;
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
    const { statement, incarnation, status, accuser } = this;
    const alive = statement.incarnation === incarnation ? statement : { ...statement, incarnation };
    if (status === 'alive') return [alive];
    const word: Rumour = { ...alive, status, ...(accuser !== undefined && { accuser }) };
    return status === 'suspect' ? [alive, word] : [word];
  }

  /** The last of `rumours()`: what makes the difference. */
  rumour(): Rumour {
    return this.rumours().at(-1) as Rumour;
  }
}
