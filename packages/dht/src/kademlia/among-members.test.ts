import { afterEach, describe, expect, it } from '@jest/globals';
import { DirectoryKey, noMetrics } from '@macula/core';
import { KademliaCluster, type KademliaNode, texts } from '../../test/kademlia-cluster.ts';
import { recordingMetrics } from '../../test/recording-metrics.ts';

const key = DirectoryKey.of('test', 'be.macula.topic');
const k = 4;
let cluster: KademliaCluster;

afterEach(async () => {
  expect(await cluster.close()).toBe(0);
});

/** Twenty nodes with a membership, and one that starts when all others are there and counts what it does. */
async function newcomer(
  membersOnly: boolean,
): Promise<{ node: KademliaNode; values: (name: string) => number[] }> {
  const { metrics, values } = recordingMetrics();
  const metricsOf = (at: number): typeof metrics => (at < 20 ? noMetrics : metrics);
  const kademlia = { k, membersOnly, cacheMs: 1 };
  cluster = await KademliaCluster.of(20, { membership: true, kademlia, metricsOf });
  const node = await cluster.complete(cluster.start());
  await cluster.clock.advance(5_000);
  return { node, values };
}

describe('Kademlia among members', () => {
  it('costs a newcomer no more than comparisons with its neighbours', async () => {
    const { node, values } = await newcomer(false);
    expect(node.directory.state.contacts).toBeGreaterThan(2 * k);
    expect(values('macula_dht_requests_total').length).toBeLessThanOrEqual(2 * k);
  });

  it('stores and finds in one step where membership lists all nodes', async () => {
    const { node, values } = await newcomer(true);
    const asked = values('macula_dht_requests_total');
    asked.length = 0;
    const announcement = node.directory.announce(key, Buffer.from('x'));
    const { confirmed } = await cluster.complete(announcement.confirmed());
    expect(confirmed).toBe(k);
    expect(asked.length).toBeLessThanOrEqual(k);
    asked.length = 0;
    expect(texts(await cluster.complete(node.directory.lookup(key)))).toEqual(['x']);
    expect(asked.length).toBeLessThanOrEqual(k);
    expect(values('macula_dht_lookup_hops')).toEqual([1]);
  });
});
