import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { seesAll, SwimMesh, type SwimNode } from '../../test/swim-mesh.ts';
import { RingOverlay } from './ring-overlay.ts';
import type { SwimOptions } from './swim-options.ts';

// Simulated minutes of many nodes: seconds here, more on a machine with other work.
jest.setTimeout(60_000);

describe('a mesh on rings', () => {
  let mesh: SwimMesh;

  const settled = async (count: number, options: SwimOptions): Promise<SwimNode[]> => {
    mesh = new SwimMesh();
    const nodes = await mesh.startMany(count, options);
    await mesh.converge();
    await mesh.clock.advance(10_000);
    for (const { events } of nodes) events.length = 0;
    return nodes;
  };
  const heard = (nodes: readonly SwimNode[], type: string): number =>
    nodes.flatMap(({ events }) => events).filter((event) => event.startsWith(type)).length;

  afterEach(async () => {
    expect(await mesh.close()).toBe(0);
  });

  const small = { fullMeshMembers: 12, rings: 3 };

  it('keeps links to its neighbours on the rings only, and repairs the rings', async () => {
    const nodes = await settled(30, small);
    expect(Math.max(...nodes.map(({ membership }) => membership.neighbours))).toBeLessThan(7);
    expect(Math.max(...nodes.map(({ links }) => links.pinned.length))).toBeLessThan(7);
    for (const { id } of nodes.slice(22)) mesh.network.crash(id);
    const rest = nodes.slice(0, 22);
    await mesh.until(() => rest.every((node) => seesAll(node, rest)));
    expect(Math.min(...rest.map(({ membership }) => membership.neighbours))).toBeGreaterThan(2);
    expect(Math.max(...rest.map(({ membership }) => membership.neighbours))).toBeLessThan(7);
    expect(heard(rest, 'failed')).toBe(22 * 8);
  });

  it('closes its rings around those who leave, and around suspects before they are given up', async () => {
    const nodes = await settled(30, small);
    const [leaver, crashed, ...rest] = nodes as [SwimNode, SwimNode, ...SwimNode[]];
    const unlinked = () =>
      rest.flatMap(({ id, links }) => {
        const overlay = new RingOverlay(id, small.rings);
        for (const other of rest) if (other.id !== id) overlay.add(other.id);
        const wanted = [...overlay.neighbours().values()];
        const kept = links.pinned.filter((peer) => links.get(peer) !== undefined);
        return wanted.filter((neighbour) => !kept.some((peer) => peer.equals(neighbour)));
      });
    const suspected = ({ membership }: SwimNode) =>
      membership.get(crashed.id)?.status === 'suspect';
    await leaver.leave();
    mesh.network.crash(crashed.id);
    await mesh.until(() => rest.every(suspected), 6_000);
    await mesh.clock.advance(300);
    expect(unlinked()).toEqual([]);
    expect(heard(rest, 'failed')).toBe(0);
  });

  it('becomes a full mesh again when it has shrunk', async () => {
    const nodes = await settled(16, small);
    for (const node of nodes.slice(7)) await node.leave();
    const rest = nodes.slice(0, 7);
    await mesh.until(() => rest.every((node) => seesAll(node, rest)));
    expect(rest.every(({ membership }) => membership.neighbours === 6)).toBe(true);
  });

  it('costs each member as much as a small one', async () => {
    const cost: number[] = [];
    for (const count of [8, 26]) {
      await settled(count, small);
      mesh.network.stats.reset();
      await mesh.clock.advance(30_000);
      cost.push(mesh.network.stats.total.sent.frames / count / 30);
      if (count === 8) expect(await mesh.close()).toBe(0);
    }
    const [at8, at26] = cost as [number, number];
    expect(at26 / at8).toBeLessThan(1.1);
    expect(at26).toBeLessThan(3);
  });

  it('knows of a newcomer within a few rounds of gossip', async () => {
    const nodes = await settled(32, small);
    const newcomer = await mesh.start({ bootstrap: [(nodes[30] as SwimNode).address], ...small });
    const knows = nodes.filter(({ membership }) => membership.get(newcomer.id)).length;
    expect(knows).toBe(0);
    await mesh.until(
      () => nodes.every(({ membership }) => membership.get(newcomer.id) !== undefined),
      200 * 2 * Math.log2(32),
    );
  });
});
