import { describe, expect, it } from '@jest/globals';
import { DirectoryKey, silentLogger } from '@macula/core';
import { virtualClock } from '@macula/testkit';
import fc from 'fast-check';
import { testSigner, testVerifier } from '../../test/test-signer.ts';
import { readRecord, type SignedRecord, signRecord } from './record.ts';
import { type RecordLimits, RecordStore } from './record-store.ts';

const clock = virtualClock();
const key = DirectoryKey.of('test', 'key');
const limits: RecordLimits = {
  maxRecords: 100,
  maxBytes: 1_000_000,
  maxRecordsPerKey: 100,
  maxRecordsPerNode: 100,
};
const signers = ['a', 'b'].map(testSigner);

function store(): RecordStore {
  const deps = { clock, verify: testVerifier, isGone: () => false, logger: silentLogger };
  return new RecordStore(deps, limits);
}

const records = fc
  .record({
    by: fc.integer({ min: 0, max: 1 }),
    id: fc.constantFrom('1', '2'),
    sequence: fc.integer({ min: 1, max: 4 }),
    value: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ by, id, sequence, value }) =>
    signRecord(signers[by] as (typeof signers)[0], {
      key,
      id,
      sequence,
      expiresAt: clock.wallTime() + 1_000,
      withdrawn: value === 0,
      value: value === 0 ? new Uint8Array(0) : Uint8Array.of(value),
    }),
  );

function merged(list: readonly SignedRecord[]): RecordStore {
  const result = store();
  for (const record of list) result.merge(record);
  return result;
}

function shown(held: RecordStore): string[] {
  return held
    .entries(key)
    .map(({ node, id, value }) => `${node.key} ${id} ${value.join()}`)
    .sort();
}

describe('a set of records', () => {
  it('is the same in whatever order, and however often, records arrive', () => {
    fc.assert(
      fc.property(fc.array(records), fc.infiniteStream(fc.nat()), (list, order) => {
        const shuffled = list
          .flatMap((record) => [record, record])
          .map((record) => ({ record, at: order.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ record }) => record);
        const one = merged(list);
        const other = merged(shuffled);
        expect(shown(other)).toEqual(shown(one));
        expect(other.digest(key)).toBe(one.digest(key));
        expect(other.size).toBe(one.size);
      }),
    );
  });

  it('tells watchers what it shows', () => {
    fc.assert(
      fc.property(fc.array(records), (list) => {
        const held = store();
        const seen = new Map<string, string>();
        held.watch(key, ({ type, entry }) => {
          const name = `${entry.node.key} ${entry.id}`;
          expect(seen.has(name)).toBe(type !== 'added');
          if (type === 'removed') seen.delete(name);
          else seen.set(name, entry.value.join());
        });
        for (const record of list) held.merge(record);
        expect([...seen].map((pair) => pair.join(' ')).sort()).toEqual(shown(held));
      }),
    );
  });

  it('survives the way over the wire', () => {
    fc.assert(
      fc.property(records, (record) => {
        const read = readRecord(record.encoded);
        expect({ ...read, encoded: 0 }).toEqual({ ...record, encoded: 0 });
      }),
    );
  });
});
