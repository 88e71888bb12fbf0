import { afterEach, beforeEach, describe, it } from '@jest/globals';
import type { Membership, Startable } from '@macula/core';
import { membershipCompliance, type MembershipNode } from '@macula/testkit';
import type { Mesh, MeshNode } from './mesh.ts';

/** Holds the nodes of a mesh to the contract of Membership: what `view` makes of each, their own membership if not given. */
export function holdToContract<M extends Membership & Startable>(
  name: string,
  newMesh: () => Mesh<M, { bootstrap?: MeshNode['address'][] }>,
  view: (node: MeshNode<M>) => Membership = ({ membership }) => membership,
): void {
  membershipCompliance({ describe, it, beforeEach, afterEach }, name, async (count) => {
    const mesh = newMesh();
    const started = await mesh.startMany(count);
    const bootstrap = started.slice(0, 2).map(({ address }) => address);
    const byNode = new Map<MembershipNode, MeshNode<M>>();
    const viewed = (node: MeshNode<M>): MembershipNode => {
      const result = {
        membership: view(node),
        leave: () => node.leave(),
        crash: () => mesh.network.crash(node.id),
      };
      byNode.set(result, node);
      return result;
    };
    return {
      nodes: started.map(viewed),
      join: async () => viewed(await mesh.start({ bootstrap })),
      restart: async (node) => {
        const { id } = byNode.get(node) as MeshNode<M>;
        return viewed(await mesh.start({ links: mesh.network.restart(id), bootstrap }));
      },
      eventually: (condition) => mesh.clock.runUntil(condition, { limitMs: 30_000 }),
      complete: (promise) => mesh.clock.complete(promise),
      teardown: async () => {
        await mesh.close();
      },
    };
  });
}
