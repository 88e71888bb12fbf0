import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { directoryCompliance, type DirectoryNode } from '@macula/testkit';
import { Cluster, type ClusterNode } from '../test/cluster.ts';

directoryCompliance({ describe, it, beforeEach, afterEach }, 'The full replica', async (count) => {
  const cluster = new Cluster();
  const started = await cluster.startMany(count);
  const wrapped = (node: ClusterNode): DirectoryNode => ({
    id: node.id,
    directory: node.directory,
    leave: async () => {
      node.membership.stop();
      for (const { id, membership } of cluster.nodes) {
        if (!id.equals(node.id)) membership.sayLeft(node.id);
      }
      await node.directory.stop();
      await node.links.stop();
    },
    crash: () => cluster.network.crash(node.id),
  });
  return {
    nodes: started.map(wrapped),
    join: async () => wrapped(await cluster.start()),
    eventually: (condition) => cluster.until(condition, 20_000),
    complete: (promise) => cluster.complete(promise),
    teardown: async () => {
      await cluster.close();
    },
  };
});
