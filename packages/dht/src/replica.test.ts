import { describe, expect, it } from '@jest/globals';
import { keyOf, otherSide, shown, value } from '../test/entry-fixtures.ts';
import type { EntryBatch, EntryRecord } from './directory-frames.ts';

const put = (number: number, text: string, key = 'k'): EntryRecord => ({
  number,
  key: keyOf(key).bytes,
  value: value(text),
});
const gone = (number: number): EntryRecord => ({ number, key: undefined, value: value('') });

function batch(changes: Partial<EntryBatch>): EntryBatch {
  return { epoch: 1, from: 0, to: 0, reset: false, complete: true, records: [], ...changes };
}

function watched(options = {}) {
  const side = otherSide(options);
  const seen: string[] = [];
  side.store.watch(keyOf('k'), ({ type, entry }) => {
    seen.push(`${type} ${shown([entry])[0]?.slice(9)}`);
  });
  return { ...side, seen };
}

describe('Replica', () => {
  it('follows a listing and changes after it', () => {
    const { replica, seen } = watched();
    replica.apply(batch({ reset: true, to: 2, records: [put(1, 'a'), put(2, 'b')] }));
    replica.apply(batch({ from: 2, to: 4, records: [put(1, 'a2'), gone(2)] }));
    expect(seen).toEqual(['added 1=a', 'added 2=b', 'updated 1=a2', 'removed 2=b']);
    expect(replica.held).toEqual({ epoch: 1, version: 4 });
  });

  it('keeps what a new listing repeats, without a word to watchers, and drops the rest', () => {
    const { replica, seen } = watched();
    replica.apply(batch({ reset: true, to: 2, records: [put(1, 'a'), put(2, 'b')] }));
    seen.length = 0;
    replica.apply(batch({ reset: true, to: 3, complete: false, records: [put(1, 'a')] }));
    expect(seen).toEqual([]);
    expect(replica.held).toEqual({ epoch: 1, version: 3 });
    expect(replica.complete).toBe(false);
    replica.apply(batch({ from: 3, to: 5, records: [put(3, 'c')] }));
    expect(seen).toEqual(['added 3=c', 'removed 2=b']);
    expect(replica.held).toEqual({ epoch: 1, version: 5 });
  });

  it('ignores what it has, and reports a gap', () => {
    const { replica, seen } = watched();
    replica.apply(batch({ reset: true, to: 5, records: [put(1, 'a')] }));
    expect(replica.apply(batch({ from: 3, to: 5, records: [put(1, 'old')] }))).toBe('known');
    expect(replica.apply(batch({ from: 6, to: 7, records: [put(1, 'new')] }))).toBe('gap');
    expect(replica.apply(batch({ from: 4, to: 6, records: [put(1, 'new')] }))).toBe('applied');
    expect(seen).toEqual(['added 1=a', 'updated 1=new']);
  });

  it('drops everything of an earlier life, and refuses to hear of it again', () => {
    const { replica, seen } = watched();
    replica.apply(batch({ reset: true, to: 1, records: [put(1, 'a')] }));
    const next = batch({ epoch: 2, reset: true, to: 1, records: [put(1, 'b')] });
    expect(replica.apply(next)).toBe('applied');
    expect(replica.apply(batch({ from: 1, to: 2, records: [put(2, 'x')] }))).toBe('superseded');
    expect(seen).toEqual(['added 1=a', 'removed 1=a', 'added 1=b']);
  });

  it('moves an entry whose key has changed', () => {
    const { replica, seen, store } = watched();
    replica.apply(batch({ reset: true, to: 1, records: [put(1, 'a')] }));
    replica.apply(batch({ from: 1, to: 2, records: [put(1, 'a', 'elsewhere')] }));
    expect(seen).toEqual(['added 1=a', 'removed 1=a']);
    expect(store.lookup(keyOf('elsewhere'))).toHaveLength(1);
  });

  it('ignores withdrawals of what it never held', () => {
    const { replica, store } = watched();
    replica.apply(batch({ reset: true, to: 1, records: [gone(7)] }));
    expect(store.size).toBe(0);
  });

  it.each([
    ['maxEntriesPerNode', { maxEntriesPerNode: 2 }],
    ['maxEntries', { maxEntries: 2 }],
    ['maxBytesPerNode', { maxBytesPerNode: 2 }],
  ])('ignores and counts what exceeds %s', (_, options) => {
    const side = otherSide(options);
    const records = [put(1, 'a'), put(2, 'b'), put(3, 'c'), put(4, 'd')];
    side.replica.apply(batch({ reset: true, to: 4, records }));
    expect(side.store.size).toBe(2);
    expect(side.ignored).toBe(2);
  });

  it('drops an entry that grows beyond the bytes of its node rather than keep an outdated value', () => {
    const side = otherSide({ maxBytesPerNode: 4 });
    side.replica.apply(batch({ reset: true, to: 1, records: [put(1, 'abcd')] }));
    side.replica.apply(batch({ from: 1, to: 2, records: [put(1, 'abcde')] }));
    expect(side.store.size).toBe(0);
    side.replica.apply(batch({ from: 2, to: 3, records: [put(1, 'abcd')] }));
    expect(side.store.size).toBe(1);
  });
});
