import { afterEach, describe, expect, it } from '@jest/globals';
import { DirectoryKey } from '@macula/core';
import { FrameKind } from '@macula/wire';
import { KademliaCluster, type KademliaNode } from '../../test/kademlia-cluster.ts';

const key = DirectoryKey.of('test', 'watched by many');
let cluster: KademliaCluster;

afterEach(async () => {
  expect(await cluster.close()).toBe(0);
  expect(cluster.network.failures).toEqual([]);
});

/** Nodes that all watch the key but the first two, and who of them has seen what. */
async function crowd(count: number): Promise<{ seen: Map<KademliaNode, string[]> }> {
  cluster = await KademliaCluster.of(count, {
    latencyMs: 5,
    kademlia: { k: 4, notifyFanout: 3 },
  });
  const seen = new Map<KademliaNode, string[]>();
  const watches = cluster.nodes.slice(2).map((node) => {
    const texts: string[] = [];
    seen.set(node, texts);
    return node.directory.watch(key, ({ entry }) =>
      texts.push(Buffer.from(entry.value).toString()),
    );
  });
  await cluster.complete(Promise.all(watches.map(({ ready }) => ready)));
  return { seen };
}

function notificationsSentBy({ id }: KademliaNode): number {
  const { sentByKind } = cluster.network.stats.of(id);
  return sentByKind.get(FrameKind.kademliaNotify)?.frames ?? 0;
}

describe('a key that many nodes watch', () => {
  it('notifies them all of a change, and no node sends more than a few notifications', async () => {
    const { seen } = await crowd(60);
    const announcer = cluster.nodes[1] as KademliaNode;
    await cluster.complete(announcer.directory.announce(key, Buffer.from('x')).confirmed());
    await cluster.clock.advance(500);
    expect([...seen.values()].filter((texts) => texts.join() !== 'x')).toEqual([]);
    const sent = cluster.nodes.map(notificationsSentBy);
    // Requests and responses count alike: in three trees a node sends three branches each, and is told three times.
    expect(Math.max(...sent)).toBeLessThanOrEqual(3 * 3 + 3 + 3);
  });

  it('reaches the rest when some of the watchers have died', async () => {
    const { seen } = await crowd(60);
    for (const [at, node] of [...seen.keys()].entries()) {
      if (at % 5 !== 0) continue;
      seen.delete(node);
      cluster.crash(node);
    }
    const announcer = cluster.nodes[1] as KademliaNode;
    announcer.directory.announce(key, Buffer.from('x'));
    await cluster.until(() => [...seen.values()].every((texts) => texts.join() === 'x'), 130_000);
  });
});
