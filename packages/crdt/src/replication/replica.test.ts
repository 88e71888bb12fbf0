import { afterEach, describe, expect, test } from '@jest/globals';
import { FrameKind, FrameWriter, ReplicaDelta } from '@macula/wire';
import { seededRandom } from '@macula/testkit';
import { type Mesh, startMesh } from '../../test/mesh.ts';
import {
  createMemoryStore,
  createReplica,
  EWFlag,
  GCounter,
  LWWRegister,
  orSet,
  PNCounter,
  type Store,
  type StoreBatch,
} from '../index.ts';

const Names = orSet<string>();
let mesh: Mesh | undefined;

afterEach(() => mesh?.stop());

async function oneReplica(store?: Store): Promise<Mesh> {
  mesh = await startMesh({ nodes: 1, deps: () => (store === undefined ? {} : { store }) });
  return mesh;
}

describe('a replica', () => {
  test('has one document per name, of one type', async () => {
    const { replicas } = await oneReplica();
    const document = replicas[0]!.document('visits', GCounter);
    expect(replicas[0]!.document('visits', GCounter)).toBe(document);
    expect(() => replicas[0]!.document('visits', PNCounter)).toThrow(
      expect.objectContaining({ code: 'macula.crdt.document_type' }),
    );
    expect(() => replicas[0]!.document('', GCounter)).toThrow(
      expect.objectContaining({ code: 'macula.invalid_argument' }),
    );
  });

  test('refuses more documents than its limit', async () => {
    mesh = await startMesh({ nodes: 1, maxDocuments: 2 });
    const [replica] = mesh.replicas;
    replica!.document('a', EWFlag);
    replica!.document('b', EWFlag);
    expect(() => replica!.document('c', EWFlag)).toThrow(
      expect.objectContaining({ code: 'macula.limit_exceeded' }),
    );
  });

  test('works only between start and stop', async () => {
    const { replicas, clock } = await oneReplica();
    const document = replicas[0]!.document('names', Names);
    await clock.complete(replicas[0]!.stop());
    await clock.complete(replicas[0]!.stop());
    const change = () => document.change((state, { writer }) => Names.add(state, writer, 'x'));
    expect(change).toThrow(expect.objectContaining({ code: 'macula.not_running' }));
    await expect(replicas[0]!.start()).rejects.toMatchObject({ code: 'macula.not_running' });
    expect(document.value()).toEqual([]);
  });

  test('tells peers of its last change even when it stops right after', async () => {
    mesh = await startMesh({ nodes: 2 });
    const [a, b] = mesh.replicas.map((replica) => replica.document('names', Names));
    void a!.change((state, { writer }) => Names.add(state, writer, 'first'));
    await mesh.clock.advance(3_000);
    void a!.change((state, { writer }) => Names.add(state, writer, 'last'));
    await mesh.clock.complete(mesh.replicas[0]!.stop());
    await mesh.clock.advance(1_000);
    expect(b!.value()).toEqual(['first', 'last']);
  });

  test('refuses options that make no sense', async () => {
    for (const wrong of [{ fanout: 0 }, { pushIntervalMs: -1 }, { frameBytes: 1e9 }]) {
      await expect(startMesh({ nodes: 1, ...wrong })).rejects.toMatchObject({
        code: 'macula.invalid_argument',
      });
    }
  });

  test('tells listeners who changed what, and survives those that throw', async () => {
    mesh = await startMesh({ nodes: 2 });
    const [a, b] = mesh.replicas.map((replica) => replica.document('names', Names));
    const heard: string[] = [];
    b!.onChange(() => {
      throw new Error('mine alone');
    });
    const off = b!.onChange((state, origin) => heard.push(`${origin} ${Names.size(state)}`));
    void a!.change((state, { writer }) => Names.add(state, writer, 'x'));
    await mesh.clock.advance(1_000);
    void b!.change((state, { writer }) => Names.add(state, writer, 'y'));
    off();
    void b!.change((state, { writer }) => Names.add(state, writer, 'z'));
    expect(heard).toEqual(['remote 1', 'local 2']);
  });

  test('leaves a document untouched when a mutation throws or changes nothing', async () => {
    const { replicas } = await oneReplica();
    const document = replicas[0]!.document('names', Names);
    const { state } = document;
    expect(() =>
      document.change((before, { writer }) => Names.add(before, writer, (() => 1) as never)),
    ).toThrow(expect.objectContaining({ code: 'macula.crdt.unencodable_value' }));
    await document.change((before) => Names.remove(before, 'not there'));
    expect(document.state).toBe(state);
  });

  test('refuses mutations that are no plain functions of the state they are given', async () => {
    const { replicas } = await oneReplica();
    const document = replicas[0]!.document('names', Names);
    const add =
      (name: string) =>
      (state: typeof Names.empty, { writer }: { writer: string }) =>
        Names.add(state, writer, name);
    const wrong = expect.objectContaining({ code: 'macula.invalid_argument' });
    expect(() =>
      document.change((state, context) => {
        void document.change(add('inner'));
        return add('outer')(state, context);
      }),
    ).toThrow(wrong);
    expect(() => document.change((() => Promise.resolve(Names.empty)) as never)).toThrow(wrong);
    expect(() => document.change((() => undefined) as never)).toThrow(wrong);
    expect(document.value()).toEqual(['inner']);
    await document.change(add('next'));
    expect(document.value()).toEqual(['inner', 'next']);
  });

  test('stamps writes after everything that it has received, to the counter', async () => {
    mesh = await startMesh({ nodes: 2 });
    const titles = mesh.replicas.map((replica) => replica.document('title', LWWRegister));
    const marks = mesh.replicas.map((replica) => replica.document('mark', LWWRegister));
    const at = { wallMs: mesh.clock.wallTime() + 30_000, counter: 41 };
    void titles[0]!.change((state, { writer }) => LWWRegister.set(state, writer, 'x', at));
    await mesh.clock.advance(1_000);
    void marks[1]!.change((state, { writer, now }) => LWWRegister.set(state, writer, 'y', now()));
    expect(marks[1]!.state?.at).toEqual({ ...at, counter: 42 });
  });

  test('takes a storm of changes that cover each other for what it is: little', async () => {
    mesh = await startMesh({ nodes: 2, bufferBytes: 4_000 });
    const [a, b] = mesh.replicas.map((replica) => replica.document('visits', PNCounter));
    const { log } = a as unknown as { log: { totalBytes: number } };
    for (let i = 0; i < 5_000; i++) {
      void a!.change((state, { writer }) => PNCounter.increment(state, writer));
      expect(log.totalBytes).toBeLessThanOrEqual(4_000);
    }
    mesh.network.stats.reset();
    await mesh.clock.runUntil(() => b!.value() === 5_000);
    const compared = mesh.network.stats.total.sentByKind.get(FrameKind.replicaWanted);
    expect(compared).toBeUndefined();
  });

  test('refuses what comes from too far in the future, and keeps the link', async () => {
    mesh = await startMesh({ nodes: 2, maxSkewMs: 10_000 });
    const [a, b] = mesh.replicas.map((replica) => replica.document('title', LWWRegister));
    const wallMs = mesh.clock.wallTime() + 3_600_000;
    void a!.change((state, { writer }) =>
      LWWRegister.set(state, writer, 'from the future', { wallMs, counter: 0 }),
    );
    await mesh.clock.advance(5_000);
    expect(b!.value()).toBeUndefined();
    void b!.change((state, { writer, now }) => LWWRegister.set(state, writer, 'now', now()));
    await mesh.clock.advance(1_000);
    expect(b!.value()).toBe('now');
    await mesh.clock.advance(3_700_000);
    expect(b!.value()).toBe('from the future');
  });

  test('drops stable deltas, and keeps the others within its bound', async () => {
    mesh = await startMesh({ nodes: 3, bufferBytes: 2_000 });
    const [a] = mesh.replicas.map((replica) => replica.document('names', Names));
    const { log } = a as unknown as { log: { totalBytes: number; size: number } };
    void a!.change((state, { writer }) => Names.add(state, writer, 'x'));
    expect(log.totalBytes).toBeGreaterThan(0);
    await mesh.clock.advance(60_000);
    expect(log.totalBytes).toBe(0);

    mesh.network.partition(
      mesh.links[0]!.self,
      mesh.links.slice(1).map(({ self }) => self),
    );
    for (let i = 0; i < 500; i++) {
      void a!.change((state, { writer }) => Names.add(state, writer, `element ${i}`));
      if (i % 10 === 0) await mesh.clock.advance(1_000);
      expect(log.totalBytes).toBeLessThanOrEqual(2_000);
    }
    mesh.network.heal();
    await mesh.clock.runUntil(
      () =>
        mesh!.replicas.every(
          (replica) => Names.size(replica.document('names', Names).state) === 501,
        ),
      { limitMs: 120_000 },
    );
  });

  test('closes the link of a peer whose delta is damaged, and keeps its state', async () => {
    mesh = await startMesh({ nodes: 2 });
    const [a] = mesh.replicas.map((replica) => replica.document('names', Names));
    const link = await mesh.clock.complete(mesh.links[1]!.link(mesh.links[0]!.self));
    const header = ReplicaDelta.encode({ document: 'names', type: Names.name, batch: 1n }).finish();
    const payload = Uint8Array.of(0x14, 200, 200, 1);
    link.send(new FrameWriter().payload(payload).frame(FrameKind.replicaDelta, header));
    await mesh.clock.advance(100);
    expect(link.state).toBe('closed');
    expect(a!.value()).toEqual([]);
    expect(mesh.network.failures).toMatchObject([
      { error: { code: 'macula.crdt.malformed_state' } },
    ]);
  });
});

/** A store that tells how often it was written to, and what it held after so many writes. */
function recordingStore(): { store: Store; written: () => number; upTo: (n: number) => Store } {
  const memory = createMemoryStore();
  const batches: StoreBatch[] = [];
  const write = (batch: StoreBatch): Promise<void> => {
    batches.push(batch);
    return memory.write(batch);
  };
  const upTo = (n: number): Store => {
    const copy = createMemoryStore();
    for (const batch of batches.slice(0, n)) void copy.write(batch);
    return copy;
  };
  return { store: { ...memory, write }, written: () => batches.length, upTo };
}

describe('a replica with a store', () => {
  test('comes back with its documents and its writer ID after a stop', async () => {
    const store = createMemoryStore();
    const { replicas, restart, clock } = await oneReplica(store);
    const before = replicas[0]!;
    await clock.complete(
      before.document('names', Names).change((state, { writer }) => Names.add(state, writer, 'x')),
    );
    const { writer } = before;
    await clock.complete(before.stop());
    mesh!.network.crash(mesh!.links[0]!.self);
    const after = await restart(0);
    expect(after.writer).toBe(writer);
    expect(after.document('names', Names).value()).toEqual(['x']);
  });

  test('goes on under a new writer ID after a crash', async () => {
    const store = createMemoryStore();
    const { replicas, restart } = await oneReplica(store);
    const { writer } = replicas[0]!;
    mesh!.network.crash(mesh!.links[0]!.self);
    expect((await restart(0)).writer).not.toBe(writer);
  });

  test('goes on under a new writer ID over a restored copy, if told so', async () => {
    const store = createMemoryStore();
    const { clock, replicas, links } = await oneReplica(store);
    await clock.complete(replicas[0]!.stop());
    const started = async (renewWriter: boolean): Promise<string> => {
      const deps = { links: links[0]!, clock, random: seededRandom(9), store };
      const replica = createReplica(deps, { renewWriter });
      await clock.complete(replica.start());
      await clock.complete(replica.stop());
      return replica.writer;
    };
    const { writer } = replicas[0]!;
    expect(await started(false)).toBe(writer);
    const renewed = await started(true);
    expect(renewed).not.toBe(writer);
    expect(await started(false)).toBe(renewed);
  });

  test('comes back from a crash between any two writes with all that was acknowledged', async () => {
    const { store, written, upTo } = recordingStore();
    mesh = await startMesh({ nodes: 1, compactAfter: 5, deps: () => ({ store }) });
    const { clock, replicas, links } = mesh;
    const names = replicas[0]!.document('a/b~%', Names);
    const visits = replicas[0]!.document('visits', GCounter);
    /** After which write each change was acknowledged. */
    const acknowledged: { after: number; change: string }[] = [];
    for (let i = 0; i < 40; i++) {
      const change = i % 3 === 2 ? `-${i - 1}` : `+${i}`;
      const name = change.slice(1);
      const changes = [
        names
          .change((state, { writer }) =>
            change.startsWith('-') ? Names.remove(state, name) : Names.add(state, writer, name),
          )
          .then(() => acknowledged.push({ after: written(), change })),
        visits
          .change((state, { writer }) => GCounter.increment(state, writer))
          .then(() => acknowledged.push({ after: written(), change: 'visit' })),
      ];
      // Some changes share a write, some have one of their own.
      if (i % 4 !== 0) await clock.complete(Promise.all(changes));
    }
    await clock.complete(replicas[0]!.flush());
    const writes = written();
    await clock.complete(replicas[0]!.stop());

    const writers = new Set<string>();
    for (let crash = 1; crash <= writes; crash++) {
      const deps = { links: links[0]!, clock, random: seededRandom(crash), store: upTo(crash) };
      const replica = createReplica(deps, { compactAfter: 5 });
      await clock.complete(replica.start());
      writers.add(replica.writer);
      const known = acknowledged.filter(({ after }) => after <= crash).map(({ change }) => change);
      const { state } = replica.document('a/b~%', Names);
      for (const change of known) {
        const name = change.slice(1);
        if (change.startsWith('-')) expect(Names.has(state, name)).toBe(false);
        // A remove may be stored that was not acknowledged.
        if (change.startsWith('+') && Number(name) % 3 === 0) {
          expect(Names.has(state, name)).toBe(true);
        }
      }
      const visited = known.filter((change) => change === 'visit').length;
      expect(replica.document('visits', GCounter).value()).toBeGreaterThanOrEqual(visited);
      await clock.complete(replica.stop());
    }
    expect(writers.size).toBe(writes);
    expect(writes).toBeGreaterThan(30);
  });

  test('compacts many deltas into a state', async () => {
    const store = createMemoryStore();
    mesh = await startMesh({ nodes: 1, compactAfter: 10, deps: () => ({ store }) });
    const document = mesh.replicas[0]!.document('visits', GCounter);
    for (let i = 0; i < 105; i++) {
      await mesh.clock.complete(
        document.change((state, { writer }) => GCounter.increment(state, writer)),
      );
    }
    const keys: string[] = [];
    for await (const [key] of store.read('document/')) keys.push(key);
    expect(keys.length).toBeLessThanOrEqual(11);
    await mesh.clock.complete(mesh.replicas[0]!.stop());
    mesh.network.crash(mesh.links[0]!.self);
    expect((await mesh.restart(0)).document('visits', GCounter).value()).toBe(105);
  });

  test('refuses a damaged store', async () => {
    const store = createMemoryStore();
    const { replicas, restart, clock } = await oneReplica(store);
    await clock.complete(
      replicas[0]!
        .document('visits', GCounter)
        .change((state, { writer }) => GCounter.increment(state, writer)),
    );
    await clock.complete(replicas[0]!.stop());
    for await (const [key, value] of store.read('document/')) {
      await store.write({ put: [[key, value.with(-1, value.at(-1)! ^ 1)]], remove: [] });
    }
    mesh!.network.crash(mesh!.links[0]!.self);
    await expect(restart(0)).rejects.toMatchObject({ code: 'macula.crdt.damaged_store' });
  });

  test('tells nobody anything once its store has failed', async () => {
    const memory = createMemoryStore();
    let full = false;
    const store: Store = {
      ...memory,
      write: (batch) => (full ? Promise.reject(new Error('disk full')) : memory.write(batch)),
    };
    mesh = await startMesh({ nodes: 2, deps: (i) => (i === 0 ? { store } : {}) });
    const [a, b] = mesh.replicas.map((replica) => replica.document('visits', GCounter));
    full = true;
    const change = a!.change((state, { writer }) => GCounter.increment(state, writer));
    await expect(mesh.clock.complete(change)).rejects.toMatchObject({
      code: 'macula.crdt.store_failed',
    });
    expect(mesh.replicas[0]!.failure).toMatchObject({ code: 'macula.crdt.store_failed' });
    await mesh.clock.advance(120_000);
    expect(b!.value()).toBe(0);
  });
});
