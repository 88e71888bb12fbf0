import { afterEach, describe, expect, it } from '@jest/globals';
import { Crowd, type CrowdNode } from '../test/crowd.ts';
import { EventRefusedError, type PubSubOptions, UndeliveredError } from './index.ts';

let crowd: Crowd;

afterEach(async () => {
  await crowd.stop();
  expect(crowd.network.failures).toEqual([]);
  expect(crowd.pendingTimers).toBe(0);
});

/** So many subscribers to one publisher, some of which refuse what is in `refused`. */
async function audience(
  count: number,
  refusers: readonly number[] = [],
  refused: readonly unknown[] = [],
  options: Partial<PubSubOptions> = {},
) {
  crowd = new Crowd({ latencyMs: { min: 1, max: 5 }, silenceMs: 60_000 });
  const publisher = await crowd.node(options);
  const nodes = await crowd.nodesOf(count);
  const seen = nodes.map((): unknown[] => []);
  for (const [index, { pubsub }] of nodes.entries()) {
    await pubsub.subscribe('a.b', ({ payload }) => {
      seen[index]!.push(payload);
      if (refusers.includes(index) && refused.includes(payload)) throw new EventRefusedError('no');
    });
  }
  await crowd.clock.complete(publisher.pubsub.publish('a.b', 'first'));
  await crowd.clock.advance(1_000);
  return { publisher, nodes, seen };
}

/** How an acknowledged event ends. */
function published({ pubsub }: CrowdNode, value: unknown, expiry?: number): Promise<unknown> {
  const options = { qos: 1, timeout: 20_000, ...(expiry !== undefined && { expiry }) } as const;
  return pubsub.publish('a.b', value, options).then(
    () => 'acknowledged',
    (error: unknown) => error,
  );
}

async function outcome(node: CrowdNode, value: unknown, expiry?: number): Promise<unknown> {
  return crowd.clock.complete(published(node, value, expiry), { limitMs: 30_000 });
}

function keysIn(error: unknown): string[] {
  expect(error).toBeInstanceOf(UndeliveredError);
  return (error as UndeliveredError).undelivered.map(({ node }) => node.key).sort();
}

describe('an acknowledged event that handlers refuse', () => {
  it.each([10, 60, 250])(
    'is known to its publisher as refused, with %i subscribers',
    async (count) => {
      const refusers = [3, count - 1];
      const refused = ['x', 'z', 'late'];
      const { publisher, nodes, seen } = await audience(count, refusers, refused);
      const keys = refusers.map((index) => nodes[index]!.id.key).sort();
      const ends = ['x', 'y', 'z'].map((value) => published(publisher, value));
      const [x, y, z] = await crowd.clock.complete(Promise.all(ends));
      for (const end of [x, z]) {
        expect(keysIn(end)).toEqual(keys);
        expect(end).toMatchObject({ unnamed: 0, undelivered: [{ reason: 'refused' }, {}] });
      }
      expect(y).toBe('acknowledged');
      await crowd.clock.advance(40_000);
      expect(await outcome(publisher, 'good')).toBe('acknowledged');
      expect(keysIn(await outcome(publisher, 'late'))).toEqual(keys);
      for (const one of seen) expect(one).toEqual(['first', 'x', 'y', 'z', 'good', 'late']);
    },
  );

  it('is refused again when its publisher has to send it again', async () => {
    const { publisher, nodes, seen } = await audience(2, [0], ['x']);
    const [refuser] = nodes as [CrowdNode];
    // What the subscriber says is lost with its link.
    crowd.network.partition(refuser.id, publisher.id, { oneWay: true });
    const end = published(publisher, 'x');
    await crowd.clock.advance(100);
    crowd.network.heal();
    void publisher.links.get(refuser.id)?.close();
    expect(keysIn(await crowd.clock.complete(end))).toEqual([refuser.id.key]);
    expect(seen[0]).toEqual(['first', 'x']);
  });
});

describe('an acknowledged event that does not reach everybody along a tree', () => {
  it('names those who have not had it, and nobody else', async () => {
    const { publisher, nodes } = await audience(100);
    const leaves = nodes.filter(({ metrics }) => metrics.value('relayed') === 0);
    const stalled = leaves.slice(0, 40);
    for (const { id } of stalled) crowd.network.pause(id);
    const error = await outcome(publisher, 'x', 1_500);
    for (const { id } of stalled) crowd.network.resume(id);
    expect(keysIn(error)).toEqual(stalled.map(({ id }) => id.key).sort());
  });

  it('tells how many more there may be where not all are known', async () => {
    const { publisher, nodes } = await audience(100);
    const [forwarder] = nodes.filter(({ metrics }) => metrics.value('relayed') > 0);
    const stalled = nodes.filter((node) => node !== forwarder);
    for (const { id } of stalled) crowd.network.pause(id);
    const error = (await outcome(publisher, 'x', 100)) as UndeliveredError;
    for (const { id } of stalled) crowd.network.resume(id);
    expect(error).toBeInstanceOf(UndeliveredError);
    expect(error.undelivered.map(({ node }) => node.key)).not.toContain(forwarder!.id.key);
    const atMost = error.undelivered.length + error.unnamed;
    expect(atMost).toBeGreaterThanOrEqual(stalled.length);
    expect(atMost).toBeLessThanOrEqual(nodes.length);
    expect(error.message).toMatch(/perhaps \d+/);
  });

  it('costs those their place who acknowledge nothing for too long, and no forwarder above them', async () => {
    const { publisher, nodes } = await audience(100, [], [], {
      unacknowledgedEvents: 5,
      slowAcknowledgementLimitMs: 2_000,
    });
    const passOn = nodes.filter(({ metrics }) => metrics.value('relayed') > 0);
    const [stalled] = nodes.filter((node) => !passOn.includes(node));
    crowd.network.pause(stalled!.id);
    const ends = Array.from({ length: 20 }, (_, i) => published(publisher, i));
    await crowd.clock.advance(6_000);
    // The forwarders have a place in the tree that followed; it takes 12 s for the former to be forgotten.
    const straight = nodes.filter(({ metrics }) => metrics.value('trees', 'joined') === 1);
    crowd.network.resume(stalled!.id);
    await crowd.clock.complete(Promise.all(ends));
    expect(straight).toEqual([stalled]);
  });
});
