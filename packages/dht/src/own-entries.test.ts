import { describe, expect, it } from '@jest/globals';
import { LimitExceededError } from '@macula/core';
import { keyOf, ownSide, shown, value } from '../test/entry-fixtures.ts';
import type { OwnEntries } from './own-entries.ts';

function changesAfter(own: OwnEntries, version: number): string[] {
  const changes: string[] = [];
  for (let change = own.after(version); change !== undefined; change = change.next) {
    const text = change.entry === undefined ? 'gone' : new TextDecoder().decode(change.entry.value);
    changes.push(`v${change.version} #${change.number} ${text}`);
  }
  return changes;
}

describe('OwnEntries', () => {
  it('lists changes in the order of their versions, an entry’s last one only', () => {
    const { own } = ownSide();
    const a = own.add(keyOf('k'), value('a'));
    own.add(keyOf('k'), value('b'));
    own.update(a, value('a2'));
    own.update(a, value('a3'));
    expect(changesAfter(own, 0)).toEqual(['v2 #2 b', 'v4 #1 a3']);
    expect(changesAfter(own, 2)).toEqual(['v4 #1 a3']);
    expect(changesAfter(own, 3)).toEqual(['v4 #1 a3']);
    expect(changesAfter(own, 4)).toEqual([]);
  });

  it('keeps withdrawals in the list until there are too many', () => {
    const { own, store } = ownSide({ maxWithdrawals: 2 });
    const entries = ['a', 'b', 'c', 'd'].map((text) => own.add(keyOf(text), value(text)));
    for (const entry of entries.slice(0, 3)) own.withdraw(entry);
    expect(changesAfter(own, 0)).toEqual(['v4 #4 d', 'v6 #2 gone', 'v7 #3 gone']);
    expect(own.floor).toBe(5);
    expect(store.size).toBe(1);
  });

  it('does nothing on a second withdrawal, an update afterwards, or an update to the same value', () => {
    const { own } = ownSide();
    const kept = own.add(keyOf('k'), value('same'));
    own.update(kept, value('same'));
    expect(own.version).toBe(1);
    own.withdraw(kept);
    own.withdraw(kept);
    own.update(kept, value('late'));
    expect(own.version).toBe(2);
    expect(own.size).toBe(0);
  });

  it('copies values, so that the caller may reuse its buffer', () => {
    const { own, store } = ownSide();
    const buffer = value('before');
    own.add(keyOf('k'), buffer);
    buffer.fill(0);
    expect(shown(store.lookup(keyOf('k')))[0]).toContain('=before');
  });

  it('refuses too many entries, too long values and too many bytes', () => {
    const { own } = ownSide({ maxEntriesPerNode: 2, maxBytesPerNode: 5_000 });
    const first = own.add(keyOf('a'), new Uint8Array(4_096));
    expect(() => own.add(keyOf('b'), new Uint8Array(4_097))).toThrow(LimitExceededError);
    expect(() => own.add(keyOf('b'), new Uint8Array(905))).toThrow('maxBytesPerNode');
    own.add(keyOf('b'), new Uint8Array(904));
    expect(() => own.add(keyOf('c'), value(''))).toThrow('maxEntriesPerNode');
    expect(() => own.update(first, new Uint8Array(4_097))).toThrow(LimitExceededError);
    own.withdraw(first);
    own.add(keyOf('c'), value('there is room again'));
  });
});
