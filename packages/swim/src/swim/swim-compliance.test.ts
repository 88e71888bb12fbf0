import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { membershipCompliance, type MembershipNode } from '@macula/testkit';
import { SwimMesh, type SwimNode } from '../../test/swim-mesh.ts';

membershipCompliance({ describe, it, beforeEach, afterEach }, 'SWIM', async (count) => {
  const mesh = new SwimMesh();
  const started = await mesh.startMany(count);
  const byNode = new Map<MembershipNode, SwimNode>();
  const wrapped = (node: SwimNode): MembershipNode => {
    const result: MembershipNode = {
      membership: node.membership,
      leave: () => node.leave(),
      crash: () => mesh.network.crash(node.id),
    };
    byNode.set(result, node);
    return result;
  };
  const bootstrap = started.slice(0, 2).map(({ address }) => address);
  return {
    nodes: started.map(wrapped),
    join: async () => wrapped(await mesh.start({ bootstrap })),
    restart: async (node) => {
      const { id } = byNode.get(node) as SwimNode;
      return wrapped(await mesh.start({ links: mesh.network.restart(id), bootstrap }));
    },
    eventually: (condition) => mesh.clock.runUntil(condition, { limitMs: 30_000 }),
    complete: (promise) => mesh.clock.complete(promise),
    teardown: async () => {
      await mesh.close();
    },
  };
});
