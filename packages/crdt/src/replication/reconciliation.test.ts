import { afterEach, describe, expect, test } from '@jest/globals';
import { FrameKind, FrameWriter, ReplicaDigest } from '@macula/wire';
import { type Mesh, startMesh } from '../../test/mesh.ts';
import { LWWRegister, ORMap, orSet, ORSet, PNCounter, type Replica } from '../index.ts';

const Names = orSet<string>();
const latencyMs = 20;
let mesh: Mesh;

afterEach(() => mesh.stop());

/** Two replicas that hear of each other only when the test says so. */
async function twoReplicas(): Promise<Mesh> {
  const rarely = 10_000_000;
  mesh = await startMesh({ nodes: 2, antiEntropyIntervalMs: rarely, pushIntervalMs: rarely });
  return mesh;
}

function apart(): void {
  mesh.network.partition(mesh.links[0]!.self, mesh.links[1]!.self);
}

/** Bytes of replication frames since the last reset. */
function replicationBytes(): number {
  const kinds = [...mesh.network.stats.total.sentByKind].filter(([kind]) => kind >>> 4 === 7);
  return kinds.reduce((sum, [, { bytes }]) => sum + bytes, 0);
}

/** Gives both a set of `size` elements without any traffic. */
async function sameSets(size: number): Promise<void> {
  let state = Names.empty;
  for (let i = 0; i < size; i++) {
    state = Names.merge(state, Names.add(state, i % 2 === 0 ? 'even' : 'odd', `element ${i}`));
  }
  const bytes = Names.encode(state);
  apart();
  for (const replica of mesh.replicas) {
    await replica.document('names', Names).change(() => Names.decode(bytes));
  }
  await mesh.clock.advance(60_000);
  mesh.network.heal();
}

/** Compares the replicas and gives how many round trips passed until their sets were equal. */
async function roundTripsToAgree(size: number): Promise<number> {
  const [a, b] = mesh.replicas.map((replica) => replica.document('names', Names));
  expect(mesh.links[0]!.get(mesh.links[1]!.self)).toBeUndefined();
  mesh.network.stats.reset();
  const start = mesh.clock.now();
  mesh.replicas[0]!.compare(mesh.links[1]!.self);
  await mesh.clock.runUntil(() => Names.size(a!.state) === size && Names.size(b!.state) === size);
  // One round trip is the dial's.
  return (mesh.clock.now() - start) / (2 * latencyMs) - 1;
}

describe('comparing two replicas', () => {
  test('costs a few hundred bytes when they are equal', async () => {
    await twoReplicas();
    await sameSets(10_000);
    // The first comparison tells both that what they have buffered is known.
    mesh.replicas[0]!.compare(mesh.links[1]!.self);
    await mesh.clock.advance(1_000);
    mesh.network.stats.reset();
    mesh.replicas[0]!.compare(mesh.links[1]!.self);
    await mesh.clock.advance(1_000);
    expect(replicationBytes()).toBeGreaterThan(0);
    expect(replicationBytes()).toBeLessThan(300);
  });

  test('finds 10 differing elements of 100,000 in at most 5 round trips, and sends little else', async () => {
    await twoReplicas();
    await sameSets(100_000);
    const [a, b] = mesh.replicas.map((replica) => replica.document('names', Names));
    apart();
    for (let i = 0; i < 5; i++) {
      await a!.change((state) => Names.remove(state, `element ${i * 20_000 + 7}`));
      await b!.change((state, { writer }) => Names.add(state, writer, `new ${i}`));
    }
    await mesh.clock.advance(60_000);
    mesh.network.heal();
    // Only the comparison may tell: the pushes have long been given up.
    for (const { log } of [a, b] as unknown as { log: { knownWholly(peer: string): void } }[]) {
      for (const { self } of mesh.links) log.knownWholly(self.key);
    }

    expect(await roundTripsToAgree(100_000)).toBeLessThanOrEqual(5);
    expect(a!.value()).toEqual(b!.value());
    expect(replicationBytes()).toBeLessThan(25_000);
  }, 30_000);

  test('fills a replica that has nothing, in frames of bounded size', async () => {
    await twoReplicas();
    apart();
    const [a, b] = mesh.replicas.map((replica) => replica.document('names', Names));
    let state = Names.empty;
    for (let i = 0; i < 20_000; i++) {
      state = Names.merge(state, Names.add(state, 'w', `element number ${i}`));
    }
    await a!.change(() => state);
    await mesh.clock.advance(60_000);
    mesh.network.heal();
    await roundTripsToAgree(20_000);
    expect(b!.value()).toEqual(a!.value());
    const states = mesh.network.stats.total.sentByKind.get(FrameKind.replicaState);
    expect((states?.bytes ?? 0) / (states?.frames ?? 1)).toBeLessThan(40_000);
  });

  test('fills a replica over a link that takes little at a time', async () => {
    mesh = await startMesh({
      nodes: 2,
      network: { queueBytes: 50_000, windowBytes: 50_000, bandwidth: 100 },
    });
    apart();
    const [a, b] = mesh.replicas.map((replica) => replica.document('names', Names));
    let state = Names.empty;
    for (let i = 0; i < 20_000; i++) {
      state = Names.merge(state, Names.add(state, 'w', `element number ${i}`));
    }
    await a!.change(() => state);
    await mesh.clock.advance(60_000);
    mesh.network.heal();
    await mesh.clock.runUntil(() => Names.size(b!.state) === 20_000, { limitMs: 120_000 });
  });

  test('brings documents of every type together', async () => {
    await twoReplicas();
    apart();
    const Carts = ORMap(PNCounter);
    const Notes = ORMap(ORSet, { concurrentRemove: 'wins' });
    for (const [i, replica] of mesh.replicas.entries()) {
      void replica
        .document('carts', Carts)
        .change((state, { writer }) =>
          Carts.update(state, writer, 'apples', (count, alias) =>
            PNCounter.increment(count, alias, 2),
          ),
        );
      void replica
        .document('notes', Notes)
        .change((state, { writer }) =>
          Notes.update(state, writer, 'n', (set, alias) => ORSet.add(set, alias, { from: i })),
        );
      void replica
        .document('title', LWWRegister)
        .change((state, { writer, now }) => LWWRegister.set(state, writer, `title ${i}`, now()));
    }
    await mesh.clock.advance(60_000);
    mesh.network.heal();
    mesh.replicas[0]!.compare(mesh.links[1]!.self);
    await mesh.clock.advance(2_000);
    for (const replica of mesh.replicas) {
      expect(replica.document('carts', Carts).value()).toEqual(new Map([['apples', 4]]));
      expect(replica.document('notes', Notes).value()).toEqual(
        new Map([['n', [{ from: 0 }, { from: 1 }]]]),
      );
      expect(replica.document('title', LWWRegister).value()).toMatch(/^title/);
    }
    const [first, second] = mesh.replicas.map((replica) => replica.document('title', LWWRegister));
    expect(first!.value()).toBe(second!.value());
  });

  test('opens documents of the given types by itself, and ignores all others', async () => {
    mesh = await startMesh({ nodes: 2, types: [ORSet] });
    const [a, b] = mesh.replicas;
    void a!.document('tags', ORSet).change((state, { writer }) => ORSet.add(state, writer, 'x'));
    void a!
      .document('visits', PNCounter)
      .change((state, { writer }) => PNCounter.increment(state, writer));
    await mesh.clock.advance(60_000);
    expect([...b!.documents()].map(({ name }) => name)).toEqual(['tags']);
    expect(b!.document('tags', ORSet).value()).toEqual(['x']);
  });

  test('finds its way through thousands of documents', async () => {
    mesh = await startMesh({ nodes: 2, types: [PNCounter] });
    apart();
    for (let i = 0; i < 3_000; i++) {
      void mesh.replicas[i % 2]!.document(`counter number ${i}`, PNCounter).change(
        (state, { writer }) => PNCounter.increment(state, writer),
      );
    }
    await mesh.clock.advance(60_000);
    mesh.network.heal();
    await mesh.clock.runUntil(
      () => mesh.replicas.every((replica) => [...replica.documents()].length === 3_000),
      { limitMs: 300_000 },
    );
  });

  test('finds 3 differing documents among thousands without listing them', async () => {
    await twoReplicas();
    apart();
    for (const replica of mesh.replicas) {
      for (let i = 0; i < 3_000; i++) {
        void replica
          .document(`counter number ${i}`, PNCounter)
          .change((state) => PNCounter.increment(state, 'w'));
      }
    }
    const [a, b] = mesh.replicas;
    const change = (replica: Replica | undefined, name: string): void =>
      void replica!
        .document(name, PNCounter)
        .change((state, { writer }) => PNCounter.increment(state, writer));
    change(a, 'counter number 1234');
    change(b, 'counter number 2345');
    change(b, 'counter number 1');
    await mesh.clock.advance(60_000);
    mesh.network.heal();
    for (const replica of mesh.replicas) {
      for (const document of replica.documents()) {
        const { log } = document as unknown as { log: { knownWholly(peer: string): void } };
        for (const { self } of mesh.links) log.knownWholly(self.key);
      }
    }
    mesh.network.stats.reset();
    const start = mesh.clock.now();
    a!.compare(mesh.links[1]!.self);
    await mesh.clock.runUntil(
      () =>
        b!.document('counter number 1234', PNCounter).value() === 2 &&
        a!.document('counter number 2345', PNCounter).value() === 2 &&
        a!.document('counter number 1', PNCounter).value() === 2,
    );
    expect((mesh.clock.now() - start) / (2 * latencyMs) - 1).toBeLessThanOrEqual(5);
    // 3,000 digests of documents take 150 KB.
    expect(replicationBytes()).toBeLessThan(10_000);
  });

  test('closes the link of a peer that sends garbage, and goes on with others', async () => {
    mesh = await startMesh({ nodes: 3 });
    const [a, b, c] = mesh.replicas.map((replica) => replica.document('names', Names));
    void a!.change((state, { writer }) => Names.add(state, writer, 'before'));
    await mesh.clock.advance(3_000);
    const link = await mesh.clock.complete(mesh.links[1]!.link(mesh.links[0]!.self));
    const garbage: ReplicaDigest = {
      all: new Uint8Array(0),
      documents: [],
      partial: false,
      scope: new Uint8Array(0),
      ranges: [
        {
          document: 'names',
          type: Names.name,
          prefix: new Uint8Array(0),
          ranges: Uint8Array.of(1, 2, 3),
          parts: [],
        },
      ],
    };
    link.send(
      new FrameWriter()
        .empty()
        .frame(FrameKind.replicaDigest, ReplicaDigest.encode(garbage).finish()),
    );
    await mesh.clock.advance(100);
    expect(link.state).toBe('closed');
    expect(mesh.network.failures).toMatchObject([{ error: { code: 'macula.protocol' } }]);
    void b!.change((state, { writer }) => Names.add(state, writer, 'after'));
    await mesh.clock.runUntil(() =>
      [a, b, c].every((document) => Names.size(document!.state) === 2),
    );
  });
});
