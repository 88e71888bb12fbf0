import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InvalidArgumentError, NotRunningError } from '@macula/core';
import { aliveIds, isFullMesh, Mesh } from '../test/mesh.ts';

let mesh: Mesh;

beforeEach(() => {
  mesh = new Mesh();
});

afterEach(async () => {
  expect(await mesh.close()).toBe(0);
  expect(mesh.network.failures).toEqual([]);
});

describe('a mesh forms', () => {
  it.each([
    [2, 1_000],
    [3, 1_000],
    [30, 3_000],
  ])('of %d nodes within %d ms, each told of every other once', async (count, limitMs) => {
    const nodes = await mesh.startMany(count);
    await mesh.converge(nodes, limitMs);
    await mesh.clock.advance(60_000);
    expect(isFullMesh(nodes)).toBe(true);
    for (const { events } of nodes) {
      expect(events.every((event) => event.startsWith('joined'))).toBe(true);
      expect(new Set(events).size).toBe(count - 1);
      expect(events).toHaveLength(count - 1);
    }
  });

  it('when nobody knows a bootstrap address but one is dialled', async () => {
    const a = await mesh.start();
    const b = await mesh.start();
    await mesh.clock.complete(a.links.dial(b.address));
    await mesh.converge([a, b]);
  });

  it('with a bootstrap list of dead seeds, of itself and of the living', async () => {
    const seed = await mesh.start();
    const dead = { host: '10.9.9.9', port: 4433 };
    const own = { host: '10.0.0.2', port: 4433 };
    const node = await mesh.start({ bootstrap: [dead, own, seed.address] });
    expect(node.address).toEqual(own);
    await mesh.converge([seed, node]);
    await mesh.clock.advance(120_000);
    expect(isFullMesh([seed, node])).toBe(true);
  });

  it('out of two seeds that do not know each other, because every node keeps at both', async () => {
    const first = await mesh.start();
    const second = await mesh.start();
    const nodes = [first, second];
    for (const order of [0, 1, 0, 1]) {
      const bootstrap =
        order === 0 ? [first.address, second.address] : [second.address, first.address];
      nodes.push(await mesh.start({ bootstrap }));
    }
    await mesh.converge(nodes);
  });

  it('when the seed comes up long after the others', async () => {
    const seedAddress = { host: '10.5.5.5', port: 4433 };
    const early = [
      await mesh.start({ bootstrap: [seedAddress] }),
      await mesh.start({ bootstrap: [seedAddress] }),
    ];
    await mesh.clock.advance(300_000);
    const seed = await mesh.start({ links: mesh.network.node({ addresses: [seedAddress] }) });
    await mesh.converge([...early, seed], 35_000);
  });

  it('over lossy and slow links', async () => {
    mesh.network.change({ loss: 0.2, latencyMs: { min: 20, max: 200 } });
    await mesh.converge(await mesh.startMany(8), 15_000);
  });

  it('when all join within one round trip, far apart', async () => {
    mesh.network.change({ latencyMs: 150 });
    await mesh.converge(await mesh.startMany(12), 3_000);
  });

  it('with each node joining late', async () => {
    const nodes = await mesh.startMany(3);
    await mesh.converge(nodes);
    for (let i = 0; i < 3; i++) {
      // Bootstraps from whoever was last: any member is a way in.
      const bootstrap = [(nodes.at(-1) as (typeof nodes)[0]).address];
      nodes.push(await mesh.start({ bootstrap }));
      await mesh.converge(nodes, 3_000);
    }
  });
});

describe('a membership is settled', () => {
  it('once it has met everybody that the others know, and not before', async () => {
    const nodes = await mesh.startMany(6);
    await mesh.converge();
    await mesh.clock.runUntil(() => nodes.every(({ membership }) => membership.settled));
    const joining = await mesh.start({ bootstrap: [nodes[0]!.address] });
    expect(joining.membership.settled).toBe(false);
    await mesh.clock.runUntil(() => joining.membership.settled);
    expect(aliveIds(joining)).toHaveLength(6);
  });

  it('although somebody who is named cannot be reached', async () => {
    const nodes = await mesh.startMany(3);
    await mesh.converge();
    const links = mesh.network.node();
    mesh.network.partition([nodes[2]!.id], [links.self]);
    const joining = await mesh.start({ links, bootstrap: [nodes[0]!.address] });
    await mesh.clock.runUntil(() => joining.membership.settled);
    expect(aliveIds(joining)).toHaveLength(2);
  });

  it('not while it is alone', async () => {
    const node = await mesh.start();
    await mesh.clock.advance(60_000);
    expect(node.membership.settled).toBe(false);
  });
});

describe('members', () => {
  it('are described as they describe themselves', async () => {
    const [a, b] = await mesh.startMany(2, { metadata: { role: 'home' } });
    await mesh.converge();
    expect(b?.membership.get(a!.id)).toEqual(a?.membership.self);
    expect(b?.membership.get(a!.id)).toMatchObject({
      status: 'alive',
      metadata: { role: 'home' },
      addresses: [a?.address],
    });
    expect(a?.membership.get(a.id)).toBeUndefined();
  });

  it('tell new metadata to everybody at once', async () => {
    const nodes = await mesh.startMany(3);
    await mesh.converge();
    nodes[0]?.membership.setMetadata({ load: '7' });
    await mesh.clock.advance(10);
    for (const node of nodes.slice(1)) {
      expect(node.membership.get(nodes[0]!.id)?.metadata).toEqual({ load: '7' });
      expect(node.events.at(-1)).toBe('updated n0');
    }
    expect(() => nodes[0]?.membership.setMetadata({ k: 'v'.repeat(600) })).toThrow(
      InvalidArgumentError,
    );
  });

  it('have their links pinned while they are members', async () => {
    const [a, b] = await mesh.startMany(2);
    await mesh.converge();
    expect(a?.links.pinned.map(({ key }) => key)).toEqual([b?.id.key]);
    await mesh.clock.complete(b!.leave());
    await mesh.clock.advance(100);
    expect(a?.links.pinned).toEqual([]);
  });

  it('who leave are told at once, are not dialled again, and may come back', async () => {
    const nodes = await mesh.startMany(4);
    await mesh.converge();
    const leaver = nodes[1]!;
    await mesh.clock.complete(leaver.leave());
    await mesh.clock.advance(100);
    const rest = nodes.filter((node) => node !== leaver);
    for (const node of rest) {
      expect(node.events.at(-1)).toBe('left n1');
      expect(node.membership.get(leaver.id)?.status).toBe('left');
    }
    await mesh.clock.advance(120_000);
    expect(isFullMesh(rest)).toBe(true);
    expect(rest.every(({ events }) => events.at(-1) === 'left n1')).toBe(true);

    const links = mesh.network.restart(leaver.id);
    const back = await mesh.start({ links, bootstrap: [nodes[0]!.address] });
    await mesh.converge([...rest, back]);
    expect(nodes[2]?.events.at(-1)).toBe('joined n1');
  });
});

describe('failures', () => {
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
    for (const node of nodes) expect(aliveIds(node)).toHaveLength(2);
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

describe('lives', () => {
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

describe('start and stop', () => {
  it('a stopped membership is empty, silent and cannot be started again', async () => {
    const [a, b] = await mesh.startMany(2);
    await mesh.converge();
    await a!.membership.stop();
    await a!.membership.stop();
    expect([...a!.membership.members()]).toEqual([]);
    const heard = a!.events.length;
    await mesh.clock.complete(b!.leave());
    await mesh.clock.advance(10_000);
    expect(a!.events).toHaveLength(heard);
    await expect(a!.membership.start()).rejects.toThrow(NotRunningError);
  });

  it('is told of links that were open before it started', async () => {
    const early = mesh.network.node();
    const a = await mesh.start();
    await mesh.clock.complete(early.dial(a.address));
    const b = await mesh.start({ links: early });
    await mesh.converge([a, b]);
  });

  it.each([
    [{ suspicionMs: 0 }],
    [{ forgetMs: -1 }],
    [{ maxMembers: NaN }],
    [{ dialTimeoutMs: Infinity }],
    [{ metadata: { k: 'v'.repeat(513) } }],
  ])('refuses %j', async (options) => {
    await expect(mesh.start(options)).rejects.toThrow(InvalidArgumentError);
  });

  it('survives a listener that throws', async () => {
    const a = await mesh.start();
    let second = 0;
    a.membership.onChange(() => {
      throw new Error('of the user');
    });
    a.membership.onChange(() => second++);
    await mesh.start({ bootstrap: [a.address] });
    await mesh.converge();
    expect(second).toBe(1);
  });
});
