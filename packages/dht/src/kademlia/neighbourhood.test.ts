import { describe, expect, it } from '@jest/globals';
import type { Member, Membership, MemberStatus } from '@macula/core';
import { contactAt } from '../../test/contacts.ts';
import type { Contact } from './contact.ts';
import { Neighbourhood } from './neighbourhood.ts';
import { RoutingTable } from './routing-table.ts';
import { sortByDistance } from './xor-order.ts';

const limits = { k: 4, perSubnetInBucket: 2, perSubnetInTable: 10 };
const self = contactAt(0).id;
const target = contactAt(1_000).id;

function membershipOf(contacts: readonly Contact[], status: MemberStatus = 'alive'): Membership {
  const members = contacts.map((contact): Member => ({
    ...contact,
    status,
    incarnation: 1n,
    metadata: {},
  }));
  return {
    self: { id: self, addresses: [], status: 'alive', incarnation: 1n, metadata: {} },
    members: () => members,
    get: (id) => members.find((member) => member.id.equals(id)),
    onChange: () => () => undefined,
    setMetadata: () => undefined,
  };
}

function contactsAt(count: number): Contact[] {
  return Array.from({ length: count }, (_, at) => contactAt(at + 1));
}

function neighbourhood(membership?: Membership, membersOnly = true): Neighbourhood {
  return new Neighbourhood(self, new RoutingTable(self, limits), limits, membership, membersOnly);
}

/** Sees all of them. Gives those that it would have somebody ping. */
function probesOf(around: Neighbourhood, contacts: readonly Contact[]): Contact[] {
  const probed: Contact[] = [];
  around.onProbe((contact) => probed.push(contact));
  for (const contact of contacts) around.seen(contact);
  return probed;
}

describe('a neighbourhood', () => {
  it('knows the nearest to any ID where membership lists everybody', () => {
    const contacts = contactsAt(100);
    const around = neighbourhood(membershipOf(contacts));
    const nearest = sortByDistance([...contacts], target).slice(0, 4);
    expect(around.nearestMembers(target)?.map(({ id }) => id)).toEqual(nearest.map(({ id }) => id));
  });

  it('leaves out members that do not answer', () => {
    const contacts = contactsAt(100);
    const around = neighbourhood(membershipOf(contacts));
    const [first, second] = sortByDistance([...contacts], target) as [Contact, Contact];
    around.seen(first);
    around.gone(first.id);
    expect(around.nearestMembers(target)?.[0]?.id).toEqual(second.id);
  });

  it('cannot know them where membership does not list everybody, or nobody', () => {
    expect(
      neighbourhood(membershipOf(contactsAt(9)), false).nearestMembers(target),
    ).toBeUndefined();
    expect(neighbourhood(membershipOf([])).nearestMembers(target)).toBeUndefined();
    expect(neighbourhood().nearestMembers(target)).toBeUndefined();
  });

  it('has contacts pinged when others wait for their places', () => {
    expect(probesOf(neighbourhood(), contactsAt(50)).length).toBeGreaterThan(0);
  });

  it('has nobody pinged that membership says lives', () => {
    const contacts = contactsAt(50);
    expect(probesOf(neighbourhood(membershipOf(contacts)), contacts)).toEqual([]);
    const suspects = membershipOf(contacts, 'suspect');
    expect(probesOf(neighbourhood(suspects), contacts).length).toBeGreaterThan(0);
  });

  it('is vouched for when membership knows all neighbours', () => {
    const contacts = contactsAt(50);
    const known = neighbourhood(membershipOf(contacts));
    const unknown = neighbourhood(membershipOf([]));
    for (const contact of contacts) for (const around of [known, unknown]) around.seen(contact);
    expect([known.vouchedSurroundings, unknown.vouchedSurroundings]).toEqual([true, false]);
  });
});
