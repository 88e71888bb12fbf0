import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { seesAll, SwimMesh, type SwimNode } from '../../test/swim-mesh.ts';

describe('a node that remembers members from an earlier life', () => {
  let mesh: SwimMesh;

  beforeEach(() => {
    mesh = new SwimMesh();
  });
  afterEach(async () => {
    expect(await mesh.close()).toBe(0);
  });

  it('needs no bootstrap address, and gives up those who are gone', async () => {
    const nodes = await mesh.startMany(6);
    await mesh.converge();
    const [first, second, third] = nodes as [SwimNode, SwimNode, SwimNode];
    const snapshot = [...first.membership.members()];
    mesh.network.crash(first.id);
    mesh.network.crash(second.id);
    const rest = nodes.slice(2);
    await mesh.until(() => rest.every((node) => seesAll(node, rest)));

    const again = await mesh.start({ links: mesh.network.restart(first.id), snapshot });
    expect(again.membership.size).toBe(5);
    expect(again.membership.get(second.id)?.status).toBe('alive');
    await mesh.converge([again, ...rest]);
    expect(again.events).toContain(`failed ${mesh.name(second.id)}`);
    expect(third.membership.get(second.id)?.status).toBe('failed');
  });

  it('does not take up those who were suspect or had left', async () => {
    const other = await mesh.start();
    const { self } = other.membership;
    const snapshot = (['suspect', 'failed', 'left'] as const).map((status) => ({
      ...self,
      status,
      id: mesh.network.node().self,
    }));
    const node = await mesh.start({ snapshot: [...snapshot, self] });
    expect([...node.membership.members()].map(({ id }) => id.key)).toEqual([other.id.key]);
  });
});

describe('whose addresses links are taught', () => {
  it.each(['members', 'neighbours'] as const)('are those of %s', async (teachLinks) => {
    const mesh = new SwimMesh();
    const nodes = await mesh.startMany(20, { fullMeshMembers: 8, rings: 1, teachLinks });
    await mesh.converge();
    const node = nodes[5] as SwimNode;
    const far = nodes.filter(
      ({ id, links }) =>
        !id.equals(node.id) &&
        node.links.get(id) === undefined &&
        !links.pinned.some((pinned) => pinned.equals(node.id)),
    );
    expect(far.length).toBeGreaterThan(5);
    const dialled = await mesh.clock.complete(
      Promise.allSettled(far.map(({ id }) => node.links.link(id))),
    );
    const reached = dialled.filter(({ status }) => status === 'fulfilled').length;
    expect(reached).toBe(teachLinks === 'members' ? far.length : 0);
    expect(await mesh.close()).toBe(0);
  });
});
