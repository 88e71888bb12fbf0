import { afterEach, describe, expect, it } from '@jest/globals';
import { type DirectoryChange, DirectoryKey, NotRunningError, TimeoutError } from '@macula/core';
import {
  KademliaCluster,
  type KademliaClusterOptions,
  type KademliaNode,
  texts,
} from '../../test/kademlia-cluster.ts';

const key = DirectoryKey.of('test', 'be.macula.topic');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

let cluster: KademliaCluster;

async function mesh(
  count: number,
  options: KademliaClusterOptions = {},
): Promise<[KademliaNode, KademliaNode, ...KademliaNode[]]> {
  cluster = await KademliaCluster.of(count, options);
  return cluster.nodes as [KademliaNode, KademliaNode, ...KademliaNode[]];
}

async function found(node: KademliaNode, under = key): Promise<string[]> {
  return texts(await cluster.complete(node.directory.lookup(under)));
}

afterEach(async () => {
  expect(await cluster.close()).toBe(0);
  expect(cluster.network.failures).toEqual([]);
});

describe('Kademlia in a mesh of two', () => {
  it('joins and finds within milliseconds', async () => {
    cluster = new KademliaCluster({ latencyMs: 1 });
    const a = await cluster.complete(cluster.start());
    a.directory.announce(key, bytes('hello'));
    const begin = cluster.clock.now();
    const b = await cluster.complete(cluster.start());
    await cluster.clock.runUntil(() => b.directory.state.local, { limitMs: 100 });
    expect(await found(b)).toEqual(['hello']);
    expect(cluster.clock.now() - begin).toBeLessThanOrEqual(20);
  });

  it('tells the caller which replicas have confirmed', async () => {
    const [a] = await mesh(2);
    const announcement = a.directory.announce(key, bytes('x'));
    const receipt = await cluster.complete(announcement.confirmed());
    expect(receipt).toEqual({ confirmed: 2, responsible: 2, quorum: 2 });
    announcement.update(bytes('y'));
    expect(await cluster.complete(announcement.confirmed())).toMatchObject({ confirmed: 2 });
  });

  it('does not confirm what no quorum holds, and does when it comes back', async () => {
    const [a, b] = await mesh(2);
    cluster.network.partition(a.id, b.id);
    const announcement = a.directory.announce(key, bytes('x'));
    const early = announcement.confirmed({ timeout: 2_000 });
    await expect(cluster.complete(early)).rejects.toThrow(TimeoutError);
    cluster.network.heal();
    const receipt = await cluster.complete(announcement.confirmed({ timeout: 60_000 }));
    expect(receipt.confirmed).toBeGreaterThanOrEqual(receipt.quorum);
  });

  it('brings both sides of a healed partition together', async () => {
    const [a, b] = await mesh(2);
    cluster.network.partition(a.id, b.id);
    a.directory.announce(key, bytes('a'));
    b.directory.announce(key, bytes('b'));
    await cluster.clock.advance(60_000);
    expect([await found(a), await found(b)]).toEqual([['a'], ['b']]);
    cluster.network.heal();
    await cluster.until(async () => (await found(a)).length + (await found(b)).length === 4);
  });
});

describe('Kademlia in the life of a node', () => {
  it('leaves one withdrawal behind, however often an entry comes and goes', async () => {
    const [a, b] = await mesh(2);
    const seen: string[] = [];
    const watch = b.directory.watch(key, ({ type, entry }) => {
      seen.push(`${type} ${new TextDecoder().decode(entry.value)}`);
    });
    await cluster.complete(watch.ready);
    const expected: string[] = [];
    for (let i = 0; i < 50; i++) {
      const announcement = a.directory.announce(key, bytes(`life ${i}`));
      await cluster.complete(announcement.confirmed());
      expect(await found(b)).toEqual([`life ${i}`]);
      announcement.withdraw();
      await cluster.complete(announcement.confirmed());
      expected.push(`added life ${i}`, `removed life ${i}`);
    }
    expect(seen).toEqual(expected);
    expect(await found(b)).toEqual([]);
    expect([a, b].map(({ directory }) => directory.state.records)).toEqual([1, 1]);
    watch.close();
  });

  it('goes on with the ID of one entry for each that comes, and never with one that is still there', async () => {
    const [a, b] = await mesh(2);
    const gone = a.directory.announce(key, bytes('gone'));
    gone.withdraw();
    await cluster.complete(gone.confirmed());
    for (const text of ['one', 'two', 'three']) {
      await cluster.complete(a.directory.announce(key, bytes(text)).confirmed());
    }
    gone.update(bytes('too late'));
    gone.withdraw();
    await cluster.clock.advance(1_000);
    expect((await found(b)).sort()).toEqual(['one', 'three', 'two']);
  });

  it('withdraws what it has announced when it stops', async () => {
    const [a, b] = await mesh(3);
    a.directory.announce(key, bytes('x'));
    await cluster.until(async () => (await found(b)).length === 1);
    await cluster.complete(a.directory.stop());
    expect(await found(b)).toEqual([]);
    expect(() => a.directory.announce(key, bytes('y'))).toThrow(NotRunningError);
  });

  it('withdraws what an earlier life has left behind', async () => {
    const [a, b, c] = await mesh(4);
    c?.directory.announce(key, bytes('old'));
    await cluster.until(async () => (await found(b)).length === 1);
    cluster.crash(c as KademliaNode);
    await cluster.clock.advance(10_000);
    expect(await found(a)).toEqual(['old']);
    const again = await cluster.complete(cluster.start(c));
    again.directory.announce(key, bytes('new'));
    await cluster.until(async () => (await found(a)).join() === 'new');
  });

  it('lets the entries of a crashed node expire, when nobody else tells of its end', async () => {
    const [a, b] = await mesh(3, { kademlia: { lifetimeMs: 60_000, republishMs: 20_000 } });
    a.directory.announce(key, bytes('stays'));
    b.directory.announce(key, bytes('dies'));
    await cluster.until(async () => (await found(a)).length === 2);
    cluster.crash(b);
    await cluster.clock.advance(120_000);
    expect(await found(a)).toEqual(['stays']);
  });
});

describe('Kademlia beyond its replication factor', () => {
  const large = { kademlia: { k: 4, cacheMs: 1_000 } };

  it('moves on from a small mesh and back, and loses nothing', async () => {
    const nodes = await mesh(3, { ...large, membership: true });
    for (const [at, { directory }] of nodes.entries()) directory.announce(key, bytes(`v${at}`));
    const seen: DirectoryChange[] = [];
    for (const node of [nodes[0], nodes[1]]) {
      await cluster.until(async () => (await found(node)).length === 3);
    }
    nodes[0].directory.watch(key, (change) => seen.push(change));
    expect(nodes[0].directory.state.local).toBe(true);
    await cluster.startMany(12);
    await cluster.clock.advance(5_000);
    expect(cluster.nodes.map(({ directory }) => directory.state.local)).not.toContain(true);
    const late = cluster.nodes.at(-1) as KademliaNode;
    expect(await found(late)).toEqual(['v0', 'v1', 'v2']);
    late.directory.announce(key, bytes('v3'));
    await cluster.until(() => seen.length === 1);
    for (const node of cluster.nodes.slice(3)) {
      node.membership?.stop();
      await cluster.complete(node.directory.stop());
      await cluster.complete(node.links.stop());
    }
    cluster.nodes.splice(3);
    await cluster.until(() => nodes.every(({ directory }) => directory.state.local));
    await cluster.until(async () => (await found(nodes[2] as KademliaNode)).join() === 'v0,v1,v2');
    expect(seen.map(({ type }) => type)).toEqual(['added', 'removed']);
  });

  it('answers again from what it has looked up, and looks up anew what is distrusted', async () => {
    const nodes = await mesh(30, { kademlia: { k: 4 } });
    const [reader, announcer] = [nodes[5] as KademliaNode, nodes[20] as KademliaNode];
    const announcement = announcer.directory.announce(key, bytes('x'));
    await cluster.complete(announcement.confirmed());
    expect(await found(reader)).toEqual(['x']);
    const framesBefore = cluster.network.stats.total.sent.frames;
    const begin = cluster.clock.now();
    expect(await found(reader)).toEqual(['x']);
    expect(cluster.clock.now()).toBe(begin);
    expect(cluster.network.stats.total.sent.frames).toBe(framesBefore);
    announcement.update(bytes('y'));
    await cluster.complete(announcement.confirmed());
    reader.directory.distrust(announcer.id);
    expect(await found(reader)).toEqual(['y']);
  });

  it('looks up anew what names a node that membership says has failed', async () => {
    const nodes = await mesh(30, { kademlia: { k: 4 }, membership: true });
    const [reader, first, second] = nodes.slice(5) as [KademliaNode, KademliaNode, KademliaNode];
    await cluster.complete(first.directory.announce(key, bytes('first')).confirmed());
    expect(await found(reader)).toEqual(['first']);
    await cluster.complete(second.directory.announce(key, bytes('second')).confirmed());
    expect(await found(reader)).toEqual(['first']);
    cluster.crash(first);
    await cluster.until(() => reader.membership?.get(first.id)?.status === 'failed');
    expect(await found(reader)).toEqual(['second']);
  });

  it('hands over to newcomers, so that old replicas may go', async () => {
    const nodes = await mesh(12, { kademlia: { k: 4, antiEntropyMs: 5_000 } });
    const announcer = nodes[3] as KademliaNode;
    await cluster.complete(announcer.directory.announce(key, bytes('x')).confirmed());
    const others = cluster.nodes.filter((node) => node !== announcer && node !== nodes[0]);
    await cluster.startMany(12);
    await cluster.clock.advance(30_000);
    for (const node of others) cluster.crash(node);
    const reader = cluster.nodes.at(-1) as KademliaNode;
    await cluster.clock.advance(5_000);
    expect(await found(reader)).toEqual(['x']);
  });

  it('looks sensitive keys up over disjoint paths, past the cache', async () => {
    const nodes = await mesh(40, { kademlia: { k: 4 } });
    const [reader, announcer] = [nodes[5] as KademliaNode, nodes[20] as KademliaNode];
    const announcement = announcer.directory.announce(key, bytes('x'));
    await cluster.complete(announcement.confirmed());
    await found(reader);
    announcement.update(bytes('y'));
    await cluster.complete(announcement.confirmed());
    const entries = reader.directory.lookup(key, { sensitive: true });
    expect(texts(await cluster.complete(entries))).toEqual(['y']);
  });

  it('pages keys with more entries than a message holds', async () => {
    const nodes = await mesh(12, { kademlia: { k: 4 } });
    const announcer = nodes[3] as KademliaNode;
    const value = new Uint8Array(4_000).fill(65);
    const all = Array.from({ length: 60 }, () => announcer.directory.announce(key, value));
    await cluster.complete(Promise.all(all.map((one) => one.confirmed())));
    expect((await found(nodes[9] as KademliaNode)).length).toBe(60);
    const late = await cluster.complete(cluster.start());
    const watch = late.directory.watch(key, () => undefined);
    await cluster.complete(watch.ready);
    expect([...watch.entries]).toHaveLength(60);
  });
});
