import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InvalidArgumentError, NotRunningError } from '@macula/core';
import { isFullMesh, PeerExchangeMesh, seesAll } from '../test/mesh.ts';

let mesh: PeerExchangeMesh;

beforeEach(() => {
  mesh = new PeerExchangeMesh();
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
    expect(seesAll(joining, nodes)).toBe(true);
  });

  it('although somebody who is named cannot be reached', async () => {
    const nodes = await mesh.startMany(3);
    await mesh.converge();
    const links = mesh.network.node();
    mesh.network.partition([nodes[2]!.id], [links.self]);
    const joining = await mesh.start({ links, bootstrap: [nodes[0]!.address] });
    await mesh.clock.runUntil(() => joining.membership.settled);
    expect(seesAll(joining, nodes.slice(0, 2))).toBe(true);
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
