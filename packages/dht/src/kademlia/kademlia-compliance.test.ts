import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { directoryCompliance, type DirectoryNode, type DirectorySetup } from '@macula/testkit';
import { KademliaCluster, type KademliaNode } from '../../test/kademlia-cluster.ts';
import type { KademliaOptions } from './kademlia-options.ts';

const testApi = { describe, it, beforeEach, afterEach };

async function setUp(count: number, kademlia: KademliaOptions): Promise<DirectorySetup> {
  const cluster = await KademliaCluster.of(count, { membership: true, kademlia });
  const wrapped = (node: KademliaNode): DirectoryNode => ({
    id: node.id,
    directory: node.directory,
    leave: async () => {
      node.membership?.stop();
      await node.directory.stop();
      for (const { id, membership } of cluster.nodes) {
        if (!id.equals(node.id)) membership?.sayLeft(node.id);
      }
      await node.links.stop();
    },
    crash: () => cluster.crash(node),
  });
  return {
    nodes: cluster.nodes.map(wrapped),
    join: async () => wrapped(await cluster.start()),
    eventually: (condition) => cluster.until(condition, 20_000),
    complete: (promise) => cluster.complete(promise),
    teardown: async () => {
      await cluster.close();
    },
  };
}

directoryCompliance(testApi, 'Kademlia in a small mesh', (count) => setUp(count, {}));

// With two replicas per key even three nodes are a large mesh. Results must not be kept: the suite wants to see changes.
directoryCompliance(testApi, 'Kademlia beyond the replication factor', (count) =>
  setUp(count, { k: 2, cacheMs: 1 }),
);
