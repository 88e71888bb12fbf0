// Nodes of a simulated DHT that lie together: they know one another, and answer every question alike.
import {
  FrameKind,
  KademliaDifference,
  KademliaFindNode,
  KademliaFindValue,
  KademliaNodes,
  KademliaStored,
  KademliaStore,
  KademliaValue,
} from '@macula/wire';

/**
 * What liars may do. `accomplices`: name those among themselves that are nearest to the target, so that whoever believes only them never
 * meets an honest node. `inventions`: name nodes right next to the target that do not exist, at addresses where nobody answers.
 * `silent`: answer nothing. `mixed`: a third is silent, the others name accomplices. All find nothing, and confirm stores without keeping
 * anything.
 */
export const manners = ['accomplices', 'inventions', 'silent', 'mixed'];

/** Turns `nodes` into liars. Gives them as a set. */
export function turn(mesh, nodes, manner = 'mixed') {
  const liars = new Set(nodes);
  const sorted = [...liars].sort((a, b) => a.id.compare(b.id));
  // More would be a breach of the protocol, and not be believed at all.
  const { k = 20 } = mesh.options;
  const naming =
    manner === 'inventions'
      ? (target) => inventions(target, k, mesh.random)
      : (target) => accomplices(target, k, sorted);
  for (const [at, { links }] of sorted.entries()) {
    const silent = manner === 'silent' || (manner === 'mixed' && at % 3 === 0);
    links.instead = silent ? () => undefined : (kind, body) => lie(kind, body, naming);
  }
  return liars;
}

function lie(kind, body, naming) {
  switch (kind) {
    case FrameKind.kademliaFindNode: {
      const contacts = naming(KademliaFindNode.decode(body).target);
      return KademliaNodes.encode({ contacts }).finish();
    }
    case FrameKind.kademliaFindValue: {
      const contacts = naming(KademliaFindValue.decode(body).key);
      return KademliaValue.encode({ contacts, records: [], next: 0 }).finish();
    }
    case FrameKind.kademliaStore: {
      const taken = KademliaStore.decode(body).records.length;
      return KademliaStored.encode({ taken, refused: 0 }).finish();
    }
    case FrameKind.kademliaCompare:
      return KademliaDifference.encode(KademliaDifference.decode(new Uint8Array(0))).finish();
    default:
      return 'honest';
  }
}

/** The `count` nearest to the target of `sorted`, nodes in the order of their IDs. */
function accomplices(target, count, sorted) {
  const wanted = Buffer.from(target).toString('hex');
  let [from, to] = [0, sorted.length];
  // Who shares the most leading digits with the target lies on one side of it or the other.
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (sorted[middle].id.key < wanted) from = middle + 1;
    else to = middle;
  }
  return sorted
    .slice(Math.max(0, from - 4 * count), from + 4 * count)
    .map((node) => ({ node, distance: distance(node.id.bytes, target) }))
    .sort((a, b) => Buffer.compare(a.distance, b.distance))
    .slice(0, count)
    .map(({ node: { id, links } }) => ({
      id: id.bytes,
      addresses: links.localAddresses.map(({ host, port }) => `${host}:${port}`),
    }));
}

function distance(a, b) {
  return Buffer.from(a.map((byte, at) => byte ^ b[at]));
}

/** As near as IDs can be without being the same, each from a network of its own. */
function inventions(target, count, random) {
  return Array.from({ length: count }, () => {
    const id = Uint8Array.from(target);
    id.set(random.bytes(8), id.length - 8);
    const [b, c, d] = random.bytes(3);
    // 240.0.0.0/4 is nobody's.
    return { id, addresses: [`240.${b}.${c}.${d}:4433`] };
  });
}
