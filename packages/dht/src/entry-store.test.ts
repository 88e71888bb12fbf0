import { describe, expect, it } from '@jest/globals';
import { type DirectoryEntry, DirectoryKey, silentLogger } from '@macula/core';
import { keyOf, nodeId, shown, value } from '../test/entry-fixtures.ts';
import { EntryStore } from './entry-store.ts';

const entry = (key: DirectoryKey, id: number, text = ''): DirectoryEntry => ({
  key,
  node: nodeId(1),
  id: String(id),
  value: value(text),
});

describe('EntryStore', () => {
  it('keeps one key object for equal keys', () => {
    const store = new EntryStore(silentLogger);
    const key = keyOf('k');
    store.add(entry(key, 1));
    expect(store.keyOf(Uint8Array.from(key.bytes))).toBe(key);
    expect(store.keyOf(keyOf('other').bytes).equals(keyOf('other'))).toBe(true);
  });

  it('reads a key from the middle of a larger buffer', () => {
    const store = new EntryStore(silentLogger);
    const buffer = new Uint8Array(100);
    buffer.set(keyOf('k').bytes, 30);
    expect(store.keyOf(buffer.subarray(30, 62)).equals(keyOf('k'))).toBe(true);
  });

  it('reports each change once to each watcher of that key, after it is in place', () => {
    const store = new EntryStore(silentLogger);
    const seen: string[] = [];
    const key = keyOf('k');
    const watch = store.watch(key, ({ type }) => seen.push(`${type} ${store.lookup(key).length}`));
    const first = entry(key, 1, 'a');
    const changed = entry(key, 1, 'b');
    store.add(first);
    store.add(entry(keyOf('unwatched'), 1));
    store.replace(first, changed);
    store.remove(changed);
    watch.close();
    store.add(first);
    expect(seen).toEqual(['added 1', 'updated 1', 'removed 0']);
  });

  it('shows in a watch what is there now', () => {
    const store = new EntryStore(silentLogger);
    const key = keyOf('k');
    store.add(entry(key, 1, 'a'));
    const watch = store.watch(key, () => undefined);
    expect(shown(watch.entries)).toHaveLength(1);
    store.add(entry(key, 2, 'b'));
    expect(shown(watch.entries)).toHaveLength(2);
  });

  it('goes on when a watcher throws, and lets watchers close inside a notification', () => {
    const store = new EntryStore(silentLogger);
    const key = keyOf('k');
    const seen: string[] = [];
    store.watch(key, () => {
      second.close();
      throw new Error('of the user');
    });
    const second = store.watch(key, () => seen.push('second'));
    store.watch(key, () => seen.push('third'));
    store.add(entry(key, 1));
    expect(seen).toEqual(['third']);
  });

  it('does not report a change to who begins to watch because of it', () => {
    const store = new EntryStore(silentLogger);
    const key = keyOf('k');
    let doubles = 0;
    store.watch(key, () => store.watch(key, () => doubles++));
    store.add(entry(key, 1));
    expect(doubles).toBe(0);
  });

  it('calls a function that watches twice twice', () => {
    const store = new EntryStore(silentLogger);
    let calls = 0;
    const listener = (): void => void calls++;
    const watch = store.watch(keyOf('k'), listener);
    store.watch(keyOf('k'), listener);
    store.add(entry(keyOf('k'), 1));
    watch.close();
    store.add(entry(keyOf('k'), 2));
    expect(calls).toBe(3);
  });
});
