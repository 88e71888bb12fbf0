import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FrameKind } from '@macula/wire';
import { heard, seesAll, SwimMesh, type SwimNode } from '../../test/mesh.ts';
import { RingOverlay } from './ring-overlay.ts';
import type { SwimOptions } from './swim-options.ts';

// Simulated minutes of many nodes: seconds here, more on a machine with other work.
jest.setTimeout(60_000);

describe('a mesh on rings', () => {
  let mesh: SwimMesh;

  beforeEach(() => {
    mesh = new SwimMesh();
  });
  afterEach(async () => {
    expect(await mesh.close()).toBe(0);
  });

  const small = { fullMeshMembers: 12, rings: 3 };
  /** `count` nodes that know one another from a snapshot, and compare by chance never again. */
  const awake = async (count: number, options: SwimOptions = {}) => {
    const links = Array.from({ length: count }, () => mesh.network.node());
    const snapshot = links.map(({ self: id, localAddresses: addresses }) => {
      return { id, addresses, metadata: {}, status: 'alive' as const, incarnation: 1n };
    });
    const rarely = { ...small, syncIntervalMs: 3_600_000, ...options, snapshot, incarnation: 1n };
    for (const own of links) await mesh.start({ ...rarely, links: own });
    await mesh.clock.advance(10_000);
    return mesh.nodes as [SwimNode, ...SwimNode[]];
  };

  it('keeps links to its neighbours on the rings only, and repairs the rings', async () => {
    const nodes = await mesh.settle(30, small);
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
    const nodes = await mesh.settle(30, small);
    const [leaver, crashed, ...rest] = nodes;
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
    const nodes = await mesh.settle(16, small);
    for (const node of nodes.slice(7)) await node.leave();
    const rest = nodes.slice(0, 7);
    await mesh.until(() => rest.every((node) => seesAll(node, rest)));
    expect(rest.every(({ membership }) => membership.neighbours === 6)).toBe(true);
  });

  it('costs each member as much as a small one', async () => {
    const cost: number[] = [];
    for (const count of [8, 26]) {
      mesh = new SwimMesh();
      await mesh.settle(count, small);
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
    const nodes = await mesh.settle(32, small);
    const newcomer = await mesh.start({ bootstrap: [(nodes[30] as SwimNode).address], ...small });
    const knows = nodes.filter(({ membership }) => membership.get(newcomer.id)).length;
    expect(knows).toBe(0);
    await mesh.until(
      () => nodes.every(({ membership }) => membership.get(newcomer.id) !== undefined),
      200 * 2 * Math.log2(32),
    );
  });

  it('tells each neighbour on the rings what is new, however rarely news is told else', async () => {
    const [first, ...others] = await awake(30, { retransmitMult: 0.1 });
    first.membership.setMetadata({ role: 'seed' });
    await mesh.until(
      () => others.every(({ membership }) => membership.get(first.id)?.metadata['role'] === 'seed'),
      5_000,
    );
  });

  it('compares over links that close its rings: news may have passed both ends by', async () => {
    const asked: string[] = [];
    mesh = new SwimMesh({
      onFrame: (from, to, { kind }) => {
        if (kind === FrameKind.request) asked.push(`${from.key} ${to.key}`);
      },
    });
    const [crashed, ...rest] = await awake(30);
    const before = new Map(rest.map(({ id, links }) => [id.key, new Set(links.pinned)]));
    asked.length = 0;
    mesh.network.crash(crashed.id);
    await mesh.until(() => rest.every((node) => seesAll(node, rest)));
    const substitutes = rest.flatMap(({ id, links }) =>
      links.pinned
        .filter((peer) => ![...before.get(id.key)!].some((known) => known.equals(peer)))
        .map((peer) => `${id.key} ${peer.key}`),
    );
    expect(substitutes.length).toBeGreaterThan(0);
    expect(asked).toEqual(expect.arrayContaining(substitutes));
  });
});
