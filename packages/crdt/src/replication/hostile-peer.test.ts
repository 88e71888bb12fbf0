import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Link } from '@macula/core';
import { FrameKind, FrameWriter, ReplicaDigest, ReplicaWanted } from '@macula/wire';
import { type Mesh, startMesh } from '../../test/mesh.ts';
import { orSet } from '../index.ts';

const Names = orSet<string>();
const named = { document: 'names', type: Names.name };
const noBytes = new Uint8Array(0);

let mesh: Mesh;
let link: Link;

/** The second of three nodes is the attacker; the first has 5,000 elements. */
beforeEach(async () => {
  mesh = await startMesh({ nodes: 3 });
  const [first] = mesh.replicas.map((replica) => replica.document('names', Names));
  let state = Names.empty;
  for (let i = 0; i < 5_000; i++) {
    state = Names.merge(state, Names.add(state, 'w', `element ${i}`));
  }
  await first!.change(() => state);
  await mesh.clock.complete(mesh.replicas[1]!.stop());
  await mesh.clock.advance(60_000);
  link = await mesh.clock.complete(mesh.links[1]!.link(mesh.links[0]!.self));
  mesh.network.stats.reset();
});

afterEach(() => mesh.stop());

async function send(kind: number, header: Uint8Array): Promise<void> {
  link.send(new FrameWriter().empty().frame(kind, header));
  await mesh.clock.advance(100);
}

function digest(parts: Partial<ReplicaDigest>): Uint8Array {
  const none = { all: noBytes, documents: [], ranges: [], partial: false, scope: noBytes };
  return ReplicaDigest.encode({ ...none, ...parts }).finish();
}

function wanted(parts: Partial<ReplicaWanted>): Uint8Array {
  const none = { whole: false, parts: [], description: noBytes, mutual: false };
  return ReplicaWanted.encode({ ...named, ...none, ...parts }).finish();
}

async function othersGoOn(): Promise<void> {
  const [first, third] = [0, 2].map((i) => mesh.replicas[i]!.document('names', Names));
  void third!.change((state, { writer }) => Names.add(state, writer, 'after'));
  await mesh.clock.runUntil(() => Names.has(first!.state, 'after'));
}

const range = { ...named, prefix: noBytes, ranges: noBytes, parts: [] };
const document = { ...named, root: new Uint8Array(16) };

describe('a peer that', () => {
  test.each<[string, string, number, () => Uint8Array]>([
    [
      'wants a part whose number never ends',
      'macula.crdt.malformed_state',
      FrameKind.replicaWanted,
      () => wanted({ parts: [`b${'9'.repeat(400)} w`], mutual: true }),
    ],
    [
      'lists a part whose number never ends',
      'macula.crdt.malformed_state',
      FrameKind.replicaDigest,
      () =>
        digest({
          ranges: [{ ...range, parts: [{ id: `b${'9'.repeat(400)} w`, digest: noBytes }] }],
        }),
    ],
    [
      'describes what no state has',
      'macula.crdt.malformed_state',
      FrameKind.replicaWanted,
      () => wanted({ description: Uint8Array.of(7, 7, 7) }),
    ],
    [
      'asks for one answer many times in a frame',
      'macula.protocol',
      FrameKind.replicaDigest,
      () => digest({ documents: new Array(10_000).fill(document) as (typeof document)[] }),
    ],
    [
      'compares one range many times in a frame',
      'macula.protocol',
      FrameKind.replicaDigest,
      () =>
        digest({
          ranges: new Array(400).fill({
            ...range,
            ranges: new Uint8Array(2_048),
          }) as (typeof range)[],
        }),
    ],
    [
      'compares a range of documents that is none',
      'macula.protocol',
      FrameKind.replicaDigest,
      () =>
        digest({ ranges: [{ ...range, document: '', type: '', ranges: new Uint8Array(2_047) }] }),
    ],
    [
      'lists documents of a range that is none',
      'macula.protocol',
      FrameKind.replicaDigest,
      () => digest({ documents: [document], scope: new Uint8Array(9) }),
    ],
    [
      'writes no protobuf',
      'macula.protocol.malformed_message',
      FrameKind.replicaAck,
      () => Uint8Array.of(0x08, 0xff),
    ],
    [
      'writes no protobuf in a delta',
      'macula.protocol.malformed_message',
      FrameKind.replicaDelta,
      () => Uint8Array.of(0x0a, 0x7f),
    ],
  ])('%s loses its link with a typed error, and nothing else happens', async (...attack) => {
    const [, code, kind, header] = attack;
    await send(kind, header());
    expect(link.state).toBe('closed');
    expect(mesh.network.failures).toMatchObject([{ error: { code } }]);
    await othersGoOn();
  });
});
