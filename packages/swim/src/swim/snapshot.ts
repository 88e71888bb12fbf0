import type { Member } from '@macula/core';
import { MemberPages } from './member-pages.ts';
import type { Rumour } from './rumour.ts';

/** Members known from an earlier life, those of them that were alive: a table for nodes to begin with, each with a copy of it. */
export class Snapshot {
  /** One for each ID, in the order in which they were given. */
  readonly members: readonly Rumour[];
  readonly table = new MemberPages<Rumour>();

  constructor(members: readonly Member[]) {
    for (const member of members) {
      const { id, incarnation, status } = member;
      const known = this.table.get(id.key);
      if (status === 'alive' && !(known !== undefined && known.incarnation >= incarnation)) {
        this.table.set(member);
      }
    }
    this.members = members.filter((member) => this.table.get(member.id.key) === member);
  }
}
