import { beforeEach, describe, expect, it } from '@jest/globals';
import { DirectoryKey, type Id } from '@macula/core';
import type { KademliaRecord } from '@macula/wire';
import { type VirtualClock, virtualClock } from '@macula/testkit';
import { contactAt, idOf } from '../../test/contacts.ts';
import { testSigner } from '../../test/test-signer.ts';
import type { Contact } from './contact.ts';
import { kademliaSettings } from './kademlia-options.ts';
import type { Notifier } from './notifier.ts';
import { type SignedRecord, signRecord } from './record.ts';
import { WatchLeases } from './watch-leases.ts';

const [here, there, elsewhere] = ['here', 'there', 'elsewhere'].map((name) =>
  DirectoryKey.of('test', name),
) as [DirectoryKey, DirectoryKey, DirectoryKey];
const [alice, bob] = [contactAt(1), contactAt(2)];
const settings = kademliaSettings({ leaseMs: 10_000, maxLeases: 3 });
let clock: VirtualClock;
let leases: WatchLeases;
/** Who was told of how many records. */
let told: [id: string, records: number][];
let dead: Contact | undefined;

beforeEach(() => {
  clock = virtualClock();
  told = [];
  dead = undefined;
  const notifier = {
    tell: async ({ id }: Contact, records: readonly KademliaRecord[]) => {
      told.push([id.key, records.length]);
      if (dead?.id.equals(id) === true) throw new Error('no answer');
      await Promise.resolve();
    },
  } as unknown as Notifier;
  const neighbourhood = { self: idOf('00'), accepts: (key: Id) => !key.equals(elsewhere) };
  leases = new WatchLeases({ clock, neighbourhood, notifier }, settings);
});

function record(key: DirectoryKey, id: string, name = 'announcer'): SignedRecord {
  return signRecord(testSigner(name), {
    ...{ key, id, sequence: 1, expiresAt: 1_000_000, withdrawn: false },
    value: Uint8Array.of(1),
  });
}

describe('leases of watchers', () => {
  it('are given for no longer than this node gives any', () => {
    expect(leases.grant(alice, here, 5_000)).toBe(5_000);
    expect(leases.grant(alice, here, 99_000)).toBe(10_000);
    expect(leases.size).toBe(1);
  });

  it('are not given for keys that are not held here', () => {
    expect(leases.grant(alice, elsewhere, 5_000)).toBe(0);
    expect(leases.size).toBe(0);
  });

  it('are given up to a limit, and renewed beyond it', () => {
    for (const watcher of [alice, bob, contactAt(3)]) leases.grant(watcher, here, 5_000);
    expect(leases.grant(bob, there, 5_000)).toBe(0);
    expect(leases.grant(contactAt(4), here, 5_000)).toBe(0);
    expect(leases.grant(bob, here, 5_000)).toBe(5_000);
    leases.grant(alice, here, 0);
    expect(leases.grant(bob, there, 5_000)).toBe(5_000);
    expect(leases.size).toBe(3);
  });

  it('have their watcher told of all changes of a turn at once, of its keys only', async () => {
    leases.grant(alice, here, 5_000);
    leases.grant(alice, there, 5_000);
    leases.grant(bob, there, 5_000);
    for (const id of ['1', '2']) leases.changed(record(here, id));
    leases.changed(record(there, '1'));
    await clock.advance(0);
    expect(told).toEqual([
      [alice.id.key, 3],
      [bob.id.key, 1],
    ]);
  });

  it('have nobody told of what he has announced himself', async () => {
    const announcer = { id: testSigner('announcer').nodeId, addresses: [] };
    leases.grant(announcer, here, 5_000);
    leases.changed(record(here, '1'));
    await clock.advance(0);
    expect(told).toEqual([]);
    leases.changed(record(here, '1', 'somebody else'));
    await clock.advance(0);
    expect(told).toHaveLength(1);
  });

  it('end with 0, when they run out, and when the watcher does not answer', async () => {
    leases.grant(alice, here, 5_000);
    leases.grant(alice, here, 0);
    leases.grant(bob, here, 5_000);
    leases.grant(bob, there, 6_000);
    await clock.advance(5_000);
    leases.sweep();
    expect(leases.size).toBe(1);
    leases.changed(record(here, '1'));
    await clock.advance(0);
    expect(told).toEqual([]);
    dead = bob;
    leases.changed(record(there, '1'));
    await clock.advance(0);
    expect(told).toEqual([[bob.id.key, 1]]);
    expect(leases.size).toBe(0);
  });

  it('tell nobody any more once this node has stopped', async () => {
    leases.grant(alice, here, 5_000);
    leases.changed(record(here, '1'));
    leases.stop();
    leases.changed(record(here, '2'));
    await clock.advance(0);
    expect([told, leases.size]).toEqual([[], 0]);
  });
});
