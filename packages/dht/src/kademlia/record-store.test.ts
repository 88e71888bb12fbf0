import { beforeEach, describe, expect, it } from '@jest/globals';
import { DirectoryKey, ProtocolError, silentLogger } from '@macula/core';
import { type VirtualClock, virtualClock } from '@macula/testkit';
import { testSigner, testVerifier } from '../../test/test-signer.ts';
import {
  maxLifetimeMs,
  readRecord,
  type RecordContent,
  type SignedRecord,
  signRecord,
} from './record.ts';
import { RecordStore } from './record-store.ts';

const key = DirectoryKey.of('test', 'key');
const alice = testSigner('alice');
const bob = testSigner('bob');
let clock: VirtualClock;
let store: RecordStore;
let gone: string[];

beforeEach(() => {
  clock = virtualClock();
  gone = [];
  store = new RecordStore(
    {
      clock,
      verify: testVerifier,
      isGone: (node) => gone.includes(node.key),
      logger: silentLogger,
    },
    { maxRecords: 4, maxBytes: 10_000, maxRecordsPerKey: 3, maxRecordsPerNode: 2 },
  );
});

function record(change: Partial<RecordContent> = {}, signer = alice): SignedRecord {
  return signRecord(signer, {
    key,
    id: '1',
    sequence: 1,
    expiresAt: clock.wallTime() + 60_000,
    withdrawn: false,
    value: Uint8Array.of(1),
    ...change,
  });
}

describe('a record store', () => {
  it('refuses what somebody else has signed, or nobody', () => {
    const honest = record();
    const forged = readRecord({
      ...honest.encoded,
      publicKey: bob.publicKey,
    });
    expect(store.merge(forged)).toBe('forged');
    const altered = record({ value: Uint8Array.of(2) });
    expect(
      store.merge(readRecord({ ...altered.encoded, signature: honest.encoded.signature })),
    ).toBe('forged');
    expect(store.size).toBe(0);
    expect(store.merge(honest)).toBe('new');
  });

  it('refuses what has expired, and what would live for too long', () => {
    expect(store.merge(record({ expiresAt: clock.wallTime() }))).toBe('expired');
    const eternal = record({ expiresAt: clock.wallTime() + maxLifetimeMs + 1 });
    expect(store.merge(eternal)).toBe('expired');
  });

  it('keeps withdrawals, so that replayed records do not come back', () => {
    const old = record();
    store.merge(old);
    store.merge(record({ sequence: 2, withdrawn: true, value: new Uint8Array(0) }));
    expect(store.merge(old)).toBe('known');
    expect(store.entries(key)).toEqual([]);
    expect(store.records(key)).toHaveLength(1);
  });

  it('drops records when they expire, and tells watchers', async () => {
    const seen: string[] = [];
    store.watch(key, ({ type }) => seen.push(type));
    store.merge(record());
    await clock.advance(60_000);
    store.sweep();
    expect(seen).toEqual(['added', 'removed']);
    expect([store.size, store.digest(key)]).toEqual([0, 0n]);
  });

  it('hides entries of nodes that are gone, and shows them when they return', () => {
    const seen: string[] = [];
    store.watch(key, ({ type }) => seen.push(type));
    store.merge(record());
    gone.push(alice.nodeId.key);
    store.nodeChanged(alice.nodeId);
    expect(store.entries(key)).toEqual([]);
    gone = [];
    store.nodeChanged(alice.nodeId);
    expect(store.entries(key)).toHaveLength(1);
    expect(seen).toEqual(['added', 'removed', 'added']);
  });

  it('says nothing about renewals', () => {
    const seen: string[] = [];
    store.watch(key, ({ type }) => seen.push(type));
    store.merge(record());
    expect(store.merge(record({ sequence: 2 }))).toBe('new');
    expect(seen).toEqual(['added']);
  });

  it('holds no more than its limits: of a node, under a key, in all, in bytes', () => {
    expect(store.merge(record())).toBe('new');
    expect(store.merge(record({ id: '2' }))).toBe('new');
    expect(store.merge(record({ id: '3' }))).toBe('full');
    expect(store.merge(record({}, bob))).toBe('new');
    expect(store.merge(record({ id: '2' }, bob))).toBe('full');
    const elsewhere = { key: DirectoryKey.of('other') };
    expect(store.merge(record(elsewhere, bob))).toBe('new');
    expect(store.merge(record(elsewhere, testSigner('carol')))).toBe('full');
    const large = { sequence: 2, value: new Uint8Array(4_000) };
    expect(store.merge(record(large))).toBe('new');
    expect(store.merge(record({ ...large, id: '2' }))).toBe('new');
    expect(store.merge(record(large, bob))).toBe('full');
    store.forget(key);
    expect(store.size).toBe(1);
  });

  it('survives listeners that throw', () => {
    const seen: string[] = [];
    store.watch(key, () => {
      throw new Error('of no interest');
    });
    store.watch(key, ({ type }) => seen.push(type));
    store.merge(record());
    expect(seen).toEqual(['added']);
  });
});

describe('reading a record', () => {
  const refused: [string, Partial<RecordContent>][] = [
    ['no ID', { id: '' }],
    ['a long ID', { id: 'x'.repeat(65) }],
    ['a long value', { value: new Uint8Array(4_097) }],
    ['a value although it is withdrawn', { withdrawn: true }],
  ];
  it.each(refused)('refuses one with %s', (_, change) => {
    expect(() => readRecord(record(change).encoded)).toThrow(ProtocolError);
  });

  it('refuses garbage', () => {
    const { encoded } = record();
    expect(() => readRecord({ ...encoded, content: Uint8Array.of(255, 255) })).toThrow(
      ProtocolError,
    );
    expect(() => readRecord({ ...encoded, content: new Uint8Array(0) })).toThrow(ProtocolError);
    expect(() => readRecord({ ...encoded, signature: new Uint8Array(300) })).toThrow(ProtocolError);
  });
});
