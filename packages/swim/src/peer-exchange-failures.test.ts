import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isFullMesh, PeerExchangeMesh } from '../test/mesh.ts';

let mesh: PeerExchangeMesh;

beforeEach(() => {
  mesh = new PeerExchangeMesh();
});

afterEach(async () => {
  expect(await mesh.close()).toBe(0);
  expect(mesh.network.failures).toEqual([]);
});

describe('peer exchange amid failures', () => {
  it('a crashed node is suspected when its link is lost, fails after the suspicion, and is forgotten', async () => {
    const nodes = await mesh.startMany(3, { forgetMs: 60_000 });
    await mesh.converge();
    mesh.network.crash(nodes[2]!.id);
    const watcher = nodes[0]!;
    const died = mesh.clock.now();
    await mesh.clock.runUntil(() => watcher.events.includes('suspected n2'));
    expect([...watcher.membership.members()]).toHaveLength(2);
    await mesh.clock.runUntil(() => watcher.events.includes('failed n2'));
    // The network notices silence after 5 s, the suspicion lasts 8 s.
    expect(mesh.clock.now() - died).toBeLessThan(13_500);
    expect([...watcher.membership.members()]).toHaveLength(1);
    expect(watcher.membership.get(nodes[2]!.id)?.status).toBe('failed');
    await mesh.clock.advance(61_000);
    expect(watcher.membership.get(nodes[2]!.id)).toBeUndefined();
    expect(watcher.events.slice(2)).toEqual(['suspected n2', 'failed n2']);
  });

  it('a node that stands still for 10 s recovers without having failed, in the same life', async () => {
    const nodes = await mesh.startMany(5);
    await mesh.converge();
    const incarnation = nodes[3]?.membership.self.incarnation;
    mesh.network.pause(nodes[3]!.id);
    await mesh.clock.advance(10_000);
    mesh.network.resume(nodes[3]!.id);
    await mesh.converge();
    const watcher = nodes[0]!;
    expect(watcher.events.slice(4)).toEqual(['suspected n3', 'recovered n3']);
    expect(watcher.membership.get(nodes[3]!.id)?.incarnation).toBe(incarnation);
    // The others never doubted one another.
    for (const node of nodes.filter((other) => other !== nodes[3])) {
      expect(node.events.slice(4)).toEqual(['suspected n3', 'recovered n3']);
    }
  });

  it.each([
    ['short', 9_000],
    ['long', 300_000],
  ])('a %s partition heals', async (_, ms) => {
    const nodes = await mesh.startMany(6);
    await mesh.converge();
    mesh.network.partition(
      nodes.slice(0, 3).map(({ id }) => id),
      nodes.slice(3).map(({ id }) => id),
    );
    await mesh.clock.advance(ms);
    for (const { membership } of nodes) {
      const alive = [...membership.members()].filter(({ status }) => status === 'alive');
      expect(alive).toHaveLength(2);
    }
    mesh.network.heal();
    await mesh.converge(nodes, 30_000);
  });

  it('a partition that outlasts the memory of both sides heals through the bootstrap address', async () => {
    const nodes = await mesh.startMany(4, { forgetMs: 60_000 });
    await mesh.converge();
    mesh.network.partition(
      nodes.slice(0, 2).map(({ id }) => id),
      nodes.slice(2).map(({ id }) => id),
    );
    await mesh.clock.advance(600_000);
    mesh.network.heal();
    await mesh.converge(nodes, 60_000);
  });

  it('half of the nodes crash at once: the other half agrees on who is left', async () => {
    const nodes = await mesh.startMany(20);
    await mesh.converge();
    for (const node of nodes.slice(10)) mesh.network.crash(node.id);
    await mesh.converge(nodes.slice(0, 10), 15_000);
  });

  it('the seed is killed after start: nothing changes for the others', async () => {
    const nodes = await mesh.startMany(5);
    await mesh.converge();
    mesh.network.crash(nodes[0]!.id);
    await mesh.clock.advance(60_000);
    const rest = nodes.slice(1);
    expect(isFullMesh(rest)).toBe(true);
    const others = rest.flatMap(({ events }) => events.slice(4));
    expect(new Set(others)).toEqual(new Set(['suspected n0', 'failed n0']));
  });

  it('a node left alone keeps trying its bootstrap address', async () => {
    const seed = await mesh.start();
    const node = await mesh.start({ bootstrap: [seed.address], forgetMs: 20_000 });
    await mesh.converge();
    mesh.network.crash(seed.id);
    await mesh.clock.advance(900_000);
    const reborn = await mesh.start({ links: mesh.network.restart(seed.id) });
    await mesh.converge([node, reborn], 35_000);
  });
});

describe('peer exchange over several lives', () => {
  it('a node that restarts while it is suspected is reported as recovered and updated', async () => {
    const [a, b] = await mesh.startMany(2);
    await mesh.converge();
    mesh.network.crash(a!.id);
    await mesh.clock.runUntil(() => b!.events.includes('suspected n0'));
    const before = b!.membership.get(a!.id)!.incarnation;
    const reborn = await mesh.start({
      links: mesh.network.restart(a!.id),
      metadata: { life: '2' },
    });
    await mesh.converge([reborn, b!]);
    expect(b?.events.slice(1)).toEqual(['suspected n0', 'recovered n0', 'updated n0']);
    const after = b?.membership.get(a!.id);
    expect(after?.metadata).toEqual({ life: '2' });
    expect(after!.incarnation > before).toBe(true);
  });

  it('a node that restarts faster than its link is missed is reported as updated', async () => {
    const [a, b] = await mesh.startMany(2);
    await mesh.converge();
    mesh.network.crash(b!.id);
    await mesh.clock.advance(50);
    const links = mesh.network.restart(b!.id);
    const reborn = await mesh.start({ links, bootstrap: [a!.address] });
    await mesh.converge([a!, reborn]);
    await mesh.clock.runUntil(
      () => a!.membership.get(b!.id)!.incarnation === reborn.membership.self.incarnation,
    );
    expect(a?.events.filter((event) => event.startsWith('failed'))).toEqual([]);
    expect(a?.events.at(-1)).toBe('updated n1');
  });

  it('a node whose clock went backwards rises above its earlier life', async () => {
    const [a, b] = await mesh.startMany(2);
    await mesh.converge();
    const earlier = b!.membership.self.incarnation;
    mesh.network.crash(b!.id);
    await mesh.clock.advance(20_000);
    const reborn = await mesh.start({
      links: mesh.network.restart(b!.id),
      bootstrap: [a!.address],
      incarnation: 5n,
    });
    await mesh.converge([a!, reborn]);
    expect(reborn.membership.self.incarnation).toBe(earlier + 1n);
    expect(a?.events.at(-1)).toBe('joined n1');
  });
});
