import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DirectoryKey } from '@macula/core';
import {
  FrameKind,
  type KademliaContact,
  KademliaFindNode,
  KademliaFindValue,
  KademliaNodes,
  KademliaStored,
  KademliaValue,
} from '@macula/wire';
import { KademliaMesh, type Lie, type MeshNode } from '../../test/kademlia-mesh.ts';
import { contactMessage } from './messages.ts';
import { nearestOf } from './xor-order.ts';

const k = 8;
const keys = Array.from({ length: 40 }, (_, at) => DirectoryKey.of('test', String(at)));
let mesh: KademliaMesh;
/** In the order in which they turn. */
let shuffled: MeshNode[];

type Naming = (target: DirectoryKey) => KademliaContact[];

/** Those among the liars that are nearest to the target: whoever believes only them never meets an honest node. */
function accomplices(liars: readonly MeshNode[]): Naming {
  const contacts = liars.map(({ links }) => ({ id: links.self, addresses: links.localAddresses }));
  return (target) => nearestOf(contacts, target, k).map(contactMessage);
}

/** Nodes right next to the target that do not exist. */
const inventions: Naming = (target) =>
  Array.from({ length: k }, (_, at) => {
    const id = Uint8Array.from(target.bytes);
    id.set([mesh.anyOf(keys).bytes[0] ?? 0, at], 30);
    return { id, addresses: [`240.0.${at}.1:4433`] };
  });

function lieNaming(naming: Naming): Lie {
  return (kind, body) => {
    switch (kind) {
      case FrameKind.kademliaFindNode: {
        const { target } = KademliaFindNode.decode(body);
        return KademliaNodes.encode({ contacts: naming(DirectoryKey.fromBytes(target)) }).finish();
      }
      case FrameKind.kademliaFindValue: {
        const contacts = naming(DirectoryKey.fromBytes(KademliaFindValue.decode(body).key));
        return KademliaValue.encode({ contacts, records: [], next: 0 }).finish();
      }
      case FrameKind.kademliaStore:
        return KademliaStored.encode({ taken: 1, refused: 0 }).finish();
      default:
        return undefined;
    }
  };
}

/** The first `share` of all nodes lie from now on, and the others do not. Gives the honest ones. */
function turn(share: number, naming: (liars: readonly MeshNode[]) => Naming): MeshNode[] {
  const liars = shuffled.slice(0, Math.round(share * shuffled.length));
  const lie = lieNaming(naming(liars));
  for (const node of shuffled) node.lie = liars.includes(node) ? lie : undefined;
  return shuffled.slice(liars.length);
}

/** The share of lookups by honest nodes that find what one has announced. */
function foundBy(honest: readonly MeshNode[], sensitive: boolean): Promise<number> {
  return mesh.foundBy(honest, keys, 200, { sensitive });
}

beforeAll(async () => {
  mesh = new KademliaMesh({ nodes: 300, seed: 3, told: 40, kademlia: { k } });
  await mesh.start();
  shuffled = [...mesh.nodes];
  for (let at = shuffled.length - 1; at > 0; at--) {
    const other = shuffled.indexOf(mesh.anyOf(shuffled.slice(0, at + 1)));
    const [a, b] = [shuffled[at] as MeshNode, shuffled[other] as MeshNode];
    [shuffled[at], shuffled[other]] = [b, a];
  }
}, 180_000);

afterAll(() => mesh.stop(), 180_000);

describe('among nodes that lie together', () => {
  it('disjoint paths announce and find past 20 % who name accomplices only', async () => {
    const honest = turn(0.2, accomplices);
    await mesh.announce(keys, honest, { sensitive: true });
    expect(await foundBy(honest, true)).toBeGreaterThanOrEqual(0.95);
  }, 60_000);

  it('disjoint paths find past 20 % who name nodes that do not exist', async () => {
    const honest = turn(0.2, () => inventions);
    expect(await foundBy(honest, true)).toBeGreaterThanOrEqual(0.95);
  }, 60_000);

  it('disjoint paths still find nearly everything when one path fails often', async () => {
    const honest = turn(0.5, accomplices);
    const single = await foundBy(honest, false);
    const disjoint = await foundBy(honest, true);
    expect(single).toBeLessThanOrEqual(0.95);
    expect(disjoint).toBeGreaterThanOrEqual(0.98);
  }, 60_000);
});
