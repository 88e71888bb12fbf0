import { deepStrictEqual, ok, rejects, strictEqual, throws } from 'node:assert/strict';
import {
  AbortedError,
  type Directory,
  type DirectoryChange,
  type DirectoryEntry,
  DirectoryKey,
  MaculaError,
  type NodeId,
} from '@macula/core';
import type { TestApi } from './test-api.ts';

/** A node with the Directory under test. */
export interface DirectoryNode {
  readonly id: NodeId;
  readonly directory: Directory;
  /** Ends the node in good order. */
  leave(): Promise<void>;
  /** Ends the node without a word, as a power cut does. */
  crash(): void | Promise<void>;
}

/** Connected nodes, ready for one test. */
export interface DirectorySetup {
  readonly nodes: readonly DirectoryNode[];
  /** Adds a node and connects it to the others. Runs within complete(): it must not move a virtual clock itself. */
  join(): Promise<DirectoryNode>;
  /** Lets time pass until `condition` holds; throws when it does not within the longest time that the implementation may take, failure detection included. */
  eventually(condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Lets time pass until `promise` settles, and returns or throws what it settles to. */
  complete<T>(promise: Promise<T>): Promise<T>;
  teardown(): Promise<void>;
}

const key = DirectoryKey.of('compliance', 'be.macula.topic');
const otherKey = DirectoryKey.of('compliance', 'be.macula.other');

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function textOf(entry: DirectoryEntry): string {
  return new TextDecoder().decode(entry.value);
}

/** Values with the names of their nodes, sorted. */
function summary(entries: Iterable<DirectoryEntry>, nodes: readonly DirectoryNode[]): string[] {
  return Array.from(
    entries,
    (entry) => `${nodes.findIndex(({ id }) => id.equals(entry.node))}: ${textOf(entry)}`,
  ).sort();
}

/**
 * Defines the tests that every implementation of Directory must pass. `setup` is called in each test with the
 * number of connected nodes that it needs.
 */
export function directoryCompliance(
  { describe, it, afterEach }: TestApi,
  name: string,
  setup: (count: number) => Promise<DirectorySetup>,
): void {
  describe(`${name} keeps the contract of Directory:`, () => {
    let current: DirectorySetup | undefined;

    const nodes = async (count: number): Promise<DirectorySetup> => {
      current = await setup(count);
      strictEqual(current.nodes.length, count);
      return current;
    };

    afterEach(async () => {
      await current?.teardown();
      current = undefined;
    });

    const found = async (
      { complete, nodes: all }: DirectorySetup,
      at: DirectoryNode,
      under = key,
    ): Promise<string[]> => summary(await complete(at.directory.lookup(under)), all);

    const seenEverywhere = async (mesh: DirectorySetup, expected: string[]): Promise<void> => {
      for (const node of mesh.nodes) {
        await mesh.eventually(async () => {
          const entries = summary(await node.directory.lookup(key), mesh.nodes);
          return entries.join() === expected.join();
        });
      }
    };

    it('finds on every node what any node has announced', async () => {
      const mesh = await nodes(5);
      for (const [at, { directory }] of mesh.nodes.entries()) {
        directory.announce(key, bytes(`value ${at}`));
      }
      const expected = mesh.nodes.map((_, at) => `${at}: value ${at}`);
      await seenEverywhere(mesh, expected);
      const [first] = mesh.nodes as [DirectoryNode];
      const entries = await mesh.complete(first.directory.lookup(key));
      ok(entries.every((entry) => entry.key.equals(key)));
      strictEqual(new Set(entries.map((entry) => `${entry.node.key} ${entry.id}`)).size, 5);
    });

    it('works on a node that is alone', async () => {
      const mesh = await nodes(1);
      const [only] = mesh.nodes as [DirectoryNode];
      const announcement = only.directory.announce(key, bytes('mine'));
      deepStrictEqual(await found(mesh, only), ['0: mine']);
      announcement.withdraw();
      deepStrictEqual(await found(mesh, only), []);
    });

    it('keeps keys apart, and finds nothing under keys that nobody uses', async () => {
      const mesh = await nodes(2);
      const [a, b] = mesh.nodes as [DirectoryNode, DirectoryNode];
      a.directory.announce(key, bytes('here'));
      await seenEverywhere(mesh, ['0: here']);
      deepStrictEqual(await found(mesh, b, otherKey), []);
    });

    it('keeps several announcements of one node under one key apart by their ids', async () => {
      const mesh = await nodes(2);
      const [a] = mesh.nodes as [DirectoryNode];
      const first = a.directory.announce(key, bytes('same'));
      a.directory.announce(key, bytes('same'));
      await seenEverywhere(mesh, ['0: same', '0: same']);
      first.withdraw();
      await seenEverywhere(mesh, ['0: same']);
    });

    it('replaces values everywhere, under the same id', async () => {
      const mesh = await nodes(3);
      const [a, b] = mesh.nodes as [DirectoryNode, DirectoryNode];
      const announcement = a.directory.announce(key, bytes('old'));
      await seenEverywhere(mesh, ['0: old']);
      const [before] = await mesh.complete(b.directory.lookup(key));
      announcement.update(bytes('new'));
      await seenEverywhere(mesh, ['0: new']);
      const [after] = await mesh.complete(b.directory.lookup(key));
      strictEqual(after?.id, before?.id);
    });

    it('removes withdrawn entries everywhere; withdrawing twice is harmless', async () => {
      const mesh = await nodes(3);
      const [a, b] = mesh.nodes as [DirectoryNode, DirectoryNode];
      const announcement = a.directory.announce(key, bytes('gone soon'));
      b.directory.announce(key, bytes('stays'));
      await seenEverywhere(mesh, ['0: gone soon', '1: stays']);
      announcement.withdraw();
      announcement.withdraw();
      await seenEverywhere(mesh, ['1: stays']);
    });

    it('ends with the last of many quick changes', async () => {
      const mesh = await nodes(3);
      const [a] = mesh.nodes as [DirectoryNode];
      const announcement = a.directory.announce(key, bytes('0'));
      for (let i = 1; i <= 50; i++) announcement.update(bytes(String(i)));
      const gone = a.directory.announce(key, bytes('never seen for long'));
      gone.withdraw();
      await seenEverywhere(mesh, ['0: 50']);
    });

    it('does not share memory with its users', async () => {
      const mesh = await nodes(1);
      const [a] = mesh.nodes as [DirectoryNode];
      const value = bytes('constant');
      a.directory.announce(key, value);
      value.fill(0);
      deepStrictEqual(await found(mesh, a), ['0: constant']);
    });

    it('takes values of 4 KiB and no longer ones', async () => {
      const mesh = await nodes(2);
      const [a, b] = mesh.nodes as [DirectoryNode, DirectoryNode];
      const announcement = a.directory.announce(key, new Uint8Array(4_096).fill(65));
      await mesh.eventually(async () => {
        const [entry] = await b.directory.lookup(key);
        return entry?.value.length === 4_096;
      });
      throws(() => a.directory.announce(key, new Uint8Array(4_097)), MaculaError);
      throws(() => {
        announcement.update(new Uint8Array(4_097));
      }, MaculaError);
    });

    it('tells watchers of every change, of this node and of others', async () => {
      const mesh = await nodes(3);
      const [a, b] = mesh.nodes as [DirectoryNode, DirectoryNode];
      a.directory.announce(key, bytes('before'));
      await seenEverywhere(mesh, ['0: before']);
      const watches = mesh.nodes.map(({ directory }) => {
        const changes: string[] = [];
        const watch = directory.watch(key, ({ type, entry }: DirectoryChange) => {
          changes.push(`${type} ${textOf(entry)}`);
        });
        return { watch, changes };
      });
      await mesh.complete(Promise.all(watches.map(({ watch }) => watch.ready)));
      for (const { watch } of watches) {
        deepStrictEqual(summary(watch.entries, mesh.nodes), ['0: before']);
      }
      const reported = (count: number): Promise<void> =>
        mesh.eventually(() => watches.every(({ changes }) => changes.length >= count));
      // A first lookup may report what was there; from here on it is about changes.
      for (const { changes } of watches) changes.length = 0;
      const announcement = b.directory.announce(key, bytes('one'));
      await reported(1);
      announcement.update(bytes('two'));
      await reported(2);
      announcement.withdraw();
      await reported(3);
      for (const { changes, watch } of watches) {
        deepStrictEqual(changes, ['added one', 'updated two', 'removed two']);
        deepStrictEqual(summary(watch.entries, mesh.nodes), ['0: before']);
        watch.close();
        watch.close();
      }
      b.directory.announce(key, bytes('after'));
      await seenEverywhere(mesh, ['0: before', '1: after']);
      for (const { changes } of watches) strictEqual(changes.length, 3);
    });

    it('gives a node that joins later what was announced before', async () => {
      const mesh = await nodes(3);
      const [a] = mesh.nodes as [DirectoryNode];
      a.directory.announce(key, bytes('old news'));
      await seenEverywhere(mesh, ['0: old news']);
      const late = await mesh.complete(mesh.join());
      const seen: string[] = [];
      const watch = late.directory.watch(key, ({ entry }) => seen.push(textOf(entry)));
      await mesh.eventually(async () => (await late.directory.lookup(key)).length === 1);
      await mesh.eventually(() => [...watch.entries].length === 1);
      late.directory.announce(key, bytes('newcomer'));
      await mesh.eventually(async () => (await a.directory.lookup(key)).length === 2);
      ok(seen.includes('newcomer'));
    });

    it('forgets what a node has announced when it leaves', async () => {
      const mesh = await nodes(3);
      const [a, b, c] = mesh.nodes as [DirectoryNode, DirectoryNode, DirectoryNode];
      a.directory.announce(key, bytes('stays'));
      c.directory.announce(key, bytes('leaves'));
      await seenEverywhere(mesh, ['0: stays', '2: leaves']);
      const removed: string[] = [];
      const watch = b.directory.watch(key, ({ type, entry }) => {
        if (type === 'removed') removed.push(textOf(entry));
      });
      await mesh.complete(c.leave());
      await mesh.eventually(async () => (await found(mesh, a)).join() === '0: stays');
      await mesh.eventually(() => removed.length > 0);
      deepStrictEqual(removed, ['leaves']);
      deepStrictEqual(summary(watch.entries, mesh.nodes), ['0: stays']);
    });

    it('forgets what a node has announced when it crashes', async () => {
      const mesh = await nodes(3);
      const [a, b, c] = mesh.nodes as [DirectoryNode, DirectoryNode, DirectoryNode];
      c.directory.announce(key, bytes('dies'));
      await seenEverywhere(mesh, ['2: dies']);
      await c.crash();
      for (const { directory } of [a, b]) {
        await mesh.eventually(async () => (await directory.lookup(key)).length === 0);
      }
    });

    it('throws AbortedError for a lookup whose signal has fired', async () => {
      const mesh = await nodes(2);
      const [a] = mesh.nodes as [DirectoryNode];
      const lookup = a.directory.lookup(key, { signal: AbortSignal.abort() });
      await rejects(mesh.complete(lookup), AbortedError);
    });
  });
}
