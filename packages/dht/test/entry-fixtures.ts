import { DirectoryKey, NodeId, noMetrics, silentLogger } from '@macula/core';
import { EntryStore } from '../src/entry-store.ts';
import { OwnEntries } from '../src/own-entries.ts';
import { Replica } from '../src/replica.ts';
import {
  type ReplicatedDirectoryOptions,
  settingsOf,
} from '../src/replicated-directory-options.ts';

export const counter = noMetrics.counter({ name: 'nothing', help: '' });

export function nodeId(number: number): NodeId {
  return NodeId.fromBytes(new Uint8Array(32).fill(number));
}

export function keyOf(name: string | number): DirectoryKey {
  return DirectoryKey.of('test', String(name));
}

export function value(text: string | number): Uint8Array {
  return new TextEncoder().encode(String(text));
}

/** A store's or lookup's entries as text, sorted. */
export function shown(
  entries: Iterable<{ key: DirectoryKey; id: string; value: Uint8Array }>,
): string[] {
  return Array.from(
    entries,
    ({ key, id, value: bytes }) =>
      `${key.key.slice(0, 8)}/${id}=${new TextDecoder().decode(bytes)}`,
  ).sort();
}

export interface OwnSide {
  readonly store: EntryStore;
  readonly own: OwnEntries;
}

export function ownSide(options: ReplicatedDirectoryOptions = {}, epoch = 1): OwnSide {
  const store = new EntryStore(silentLogger);
  const own = new OwnEntries(
    { self: nodeId(1), store, epoch },
    settingsOf(options),
    () => undefined,
  );
  return { store, own };
}

export interface OtherSide {
  readonly store: EntryStore;
  readonly replica: Replica;
  ignored: number;
}

export function otherSide(options: ReplicatedDirectoryOptions = {}): OtherSide {
  const store = new EntryStore(silentLogger);
  const side: OtherSide = {
    store,
    ignored: 0,
    replica: new Replica(nodeId(1), store, settingsOf(options), () => side.ignored++),
  };
  return side;
}
