import { afterEach, describe, expect, it } from '@jest/globals';
import { DirectoryKey } from '@macula/core';
import {
  KademliaCluster,
  type KademliaClusterOptions,
  type KademliaNode,
  texts,
} from '../../test/kademlia-cluster.ts';

const key = DirectoryKey.of('test', 'be.macula.topic');

let cluster: KademliaCluster;

/** Thirty nodes, and of them the two farthest from the key: what happens there has to be told to them. */
async function mesh({ kademlia, ...options }: KademliaClusterOptions) {
  cluster = await KademliaCluster.of(30, {
    ...options,
    kademlia: { k: 4, cacheMs: 1_000, ...kademlia },
  });
  const byDistance = cluster.nodes.toSorted((a, b) => key.compareDistance(b.id, a.id));
  const [announcer, watcher] = byDistance as [KademliaNode, KademliaNode];
  return { announcer, watcher };
}

/** What `watcher` has been told of since its watch is ready. */
async function tellings(watcher: KademliaNode): Promise<string[]> {
  const seen: string[] = [];
  const watch = watcher.directory.watch(key, ({ entry }) => seen.push(...texts([entry])));
  await cluster.complete(watch.ready);
  return seen;
}

function leases(): number {
  return cluster.nodes.reduce((sum, { directory }) => sum + directory.state.leases, 0);
}

afterEach(async () => {
  expect(await cluster.close()).toBe(0);
  expect(cluster.network.failures).toEqual([]);
});

describe('a watched key', () => {
  it('tells its watchers of changes within two round trips of the store', async () => {
    const { announcer: subscriber, watcher: publisher } = await mesh({ latencyMs: 10 });
    let seenAt: number | undefined;
    const watch = publisher.directory.watch(key, () => (seenAt ??= cluster.clock.now()));
    await cluster.complete(watch.ready);
    const announcement = subscriber.directory.announce(key, Buffer.from('interest'));
    await cluster.complete(announcement.confirmed());
    const storedAt = cluster.clock.now();
    await cluster.until(() => seenAt !== undefined, 1_000);
    expect((seenAt ?? Infinity) - storedAt).toBeLessThanOrEqual(40);
    watch.close();
    await cluster.clock.advance(100);
    expect(leases()).toBe(0);
  });

  it('is told of long after the first leases', async () => {
    const { announcer, watcher } = await mesh({ kademlia: { leaseMs: 20_000 } });
    const seen = await tellings(watcher);
    await cluster.clock.advance(120_000);
    announcer.directory.announce(key, Buffer.from('late'));
    await cluster.until(() => seen.includes('late'), 5_000);
  });

  it('is told of by other replicas when leases are renewed, if the first have died', async () => {
    const { announcer, watcher } = await mesh({ kademlia: { leaseMs: 20_000 } });
    const seen = await tellings(watcher);
    const holders = cluster.nodes.filter(({ directory }) => directory.state.leases > 0);
    for (const holder of holders) cluster.crash(holder);
    await cluster.clock.advance(60_000);
    announcer.directory.announce(key, Buffer.from('still there'));
    await cluster.until(() => seen.includes('still there'), 5_000);
  });

  it('is told of by other replicas as soon as membership says that the first have failed', async () => {
    const { announcer, watcher } = await mesh({
      kademlia: { leaseMs: 1_200_000 },
      membership: true,
    });
    const seen = await tellings(watcher);
    const holders = cluster.nodes.filter(({ directory }) => directory.state.leases > 0);
    expect(holders).toHaveLength(3);
    for (const holder of holders) cluster.crash(holder);
    const hasFailed = ({ id }: KademliaNode): boolean =>
      watcher.membership?.get(id)?.status === 'failed';
    await cluster.until(() => holders.every(hasFailed));
    await cluster.clock.advance(5_000);
    announcer.directory.announce(key, Buffer.from('still there'));
    await cluster.until(() => seen.includes('still there'), 5_000);
  });

  it('is not told to a watcher that has died for longer than its leases', async () => {
    const { watcher } = await mesh({ kademlia: { leaseMs: 20_000 } });
    await tellings(watcher);
    expect(leases()).toBe(3);
    cluster.crash(watcher);
    await cluster.clock.advance(30_000);
    expect(leases()).toBe(0);
  });
});
