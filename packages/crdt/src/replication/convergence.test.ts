import { afterEach, describe, expect, test } from '@jest/globals';
import { FrameKind } from '@macula/wire';
import { losingFrames } from '../../test/losing-frames.ts';
import { type Mesh, type MeshOptions, startMesh } from '../../test/mesh.ts';
import { orSet, type ORSetState, PNCounter, type ReplicatedDocument } from '../index.ts';

const Names = orSet<string>();
type NamesDocument = ReplicatedDocument<ORSetState<string>, readonly string[]>;

let mesh: Mesh | undefined;

afterEach(async () => {
  await mesh?.stop();
  expect(mesh?.network.failures ?? []).toEqual([]);
  for (const { clock } of mesh?.links ?? []) expect(clock.pendingTimers).toBe(0);
  mesh = undefined;
});

async function meshOf(options: MeshOptions): Promise<{ mesh: Mesh; documents: NamesDocument[] }> {
  mesh = await startMesh(options);
  return { mesh, documents: mesh.replicas.map((replica) => replica.document('names', Names)) };
}

function add(document: NamesDocument | undefined, name: string): void {
  void document?.change((state, { writer }) => Names.add(state, writer, name));
}

function remove(document: NamesDocument | undefined, name: string): void {
  void document?.change((state) => Names.remove(state, name));
}

/** Tells when every document has `size` elements, without asking all at every instant. */
function waitForSize(documents: readonly NamesDocument[], size: number): () => boolean {
  const lacking = new Set(documents.filter(({ state }) => Names.size(state) !== size));
  for (const document of documents) {
    document.onChange((state) => {
      if (Names.size(state) === size) lacking.delete(document);
      else lacking.add(document);
    });
  }
  return () => lacking.size === 0;
}

describe('a mesh of replicas', () => {
  test('of 3 nodes converges within 1.5 s with 20 % loss', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { mesh, documents } = await meshOf({ nodes: 3, seed, network: { loss: 0.2 } });
      await mesh.clock.advance(5_000);
      const done = waitForSize(documents, 3);
      const start = mesh.clock.now();
      documents.forEach((document, i) => add(document, `from ${i}`));
      await mesh.clock.runUntil(done);
      expect(mesh.clock.now() - start).toBeLessThanOrEqual(1_500);
      await mesh.stop();
    }
  });

  test('of 3 nodes converges within 5 s when 20 % of all frames vanish for good', async () => {
    const times: number[] = [];
    for (let seed = 1; seed <= 40; seed++) {
      const { mesh, documents } = await meshOf({
        nodes: 3,
        seed,
        deps: (i, links) => ({ links: losingFrames(links, 0.2, seed * 10 + i) }),
      });
      await mesh.clock.advance(5_000);
      const done = waitForSize(documents, 3);
      const start = mesh.clock.now();
      documents.forEach((document, i) => add(document, `from ${i}`));
      await mesh.clock.runUntil(done);
      times.push(mesh.clock.now() - start);
      await mesh.stop();
    }
    times.sort((a, b) => a - b);
    expect(times.at(-1)).toBeLessThanOrEqual(5_000);
    expect(times[Math.floor(times.length / 2)]).toBeLessThanOrEqual(1_500);
  });

  test('merges everything after a partition of ten minutes', async () => {
    const { mesh, documents } = await meshOf({ nodes: 6 });
    documents.forEach((document, i) => add(document, `before ${i}`));
    await mesh.clock.advance(3_000);
    const ids = mesh.links.map(({ self }) => self);
    mesh.network.partition(ids.slice(0, 3), ids.slice(3));
    for (let minute = 0; minute < 10; minute++) {
      documents.forEach((document, i) => add(document, `minute ${minute} at ${i}`));
      remove(documents[minute % 6], `before ${minute % 6}`);
      await mesh.clock.advance(60_000);
    }
    mesh.network.heal();
    await mesh.clock.runUntil(waitForSize(documents, 60), { limitMs: 120_000 });
    const values = documents.map((document) => document.value());
    for (const value of values) expect(value).toEqual(values[0]);
  });

  test('brings up a peer that was away for days', async () => {
    const { mesh, documents } = await meshOf({
      nodes: 3,
      bufferBytes: 1_000,
      antiEntropyIntervalMs: 600_000,
    });
    const ids = mesh.links.map(({ self }) => self);
    mesh.network.partition(ids[0]!, ids.slice(1));
    for (let hour = 0; hour < 72; hour++) {
      add(documents[1], `hour ${hour}`);
      await mesh.clock.advance(3_600_000);
    }
    mesh.network.heal();
    await mesh.clock.runUntil(waitForSize(documents, 72), { limitMs: 1_200_000 });
  });

  test('spends a constant number of bytes while nothing changes', async () => {
    const { mesh, documents } = await meshOf({ nodes: 5 });
    for (let i = 0; i < 200; i++) add(documents[i % 5], `element ${i}`);
    await mesh.clock.runUntil(waitForSize(documents, 200));
    await mesh.clock.advance(120_000);
    const perNodeAndSecond: number[] = [];
    for (let window = 0; window < 4; window++) {
      mesh.network.stats.reset();
      await mesh.clock.advance(600_000);
      const sent = [...mesh.network.stats.total.sentByKind].filter(([kind]) => kind >>> 4 === 7);
      const bytes = sent.reduce((sum, [, amount]) => sum + amount.bytes, 0);
      perNodeAndSecond.push(bytes / 5 / 600);
    }
    for (const rate of perNodeAndSecond) {
      expect(rate).toBeLessThan(3);
      expect(rate / (perNodeAndSecond[0] ?? 0)).toBeGreaterThan(0.8);
      expect(rate / (perNodeAndSecond[0] ?? 0)).toBeLessThan(1.25);
    }
    expect(mesh.network.stats.total.sentByKind.has(FrameKind.replicaDelta)).toBe(false);
  });

  test('keeps counters of nodes that leave and come back', async () => {
    const { mesh } = await meshOf({ nodes: 3 });
    const counters = () => mesh.replicas.map((replica) => replica.document('visits', PNCounter));
    for (const counter of counters()) {
      void counter.change((state, { writer }) => PNCounter.increment(state, writer, 5));
    }
    await mesh.clock.advance(3_000);
    mesh.network.crash(mesh.links[0]!.self);
    void mesh.replicas[0]?.stop();
    await mesh.clock.advance(20_000);
    await mesh.restart(0);
    const [restarted] = counters();
    void restarted?.change((state, { writer }) => PNCounter.increment(state, writer, 1));
    await mesh.clock.runUntil(() => counters().every((counter) => counter.value() === 16));
  });
});

describe('a mesh of 1,000 replicas', () => {
  test('has every change within 10 gossip rounds', async () => {
    const { mesh, documents } = await meshOf({ nodes: 1_000 });
    const done = waitForSize(documents, 20);
    for (let i = 0; i < 20; i++) {
      add(documents[i * 50], `element ${i}`);
      await mesh.clock.advance(100);
    }
    const lastWrite = mesh.clock.now() - 100;
    await mesh.clock.runUntil(done);
    expect((mesh.clock.now() - lastWrite) / 1_000).toBeLessThanOrEqual(10);
  }, 120_000);
});
