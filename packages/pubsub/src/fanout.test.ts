import { afterEach, describe, expect, it } from '@jest/globals';
import { FrameKind } from '@macula/wire';
import { Crowd, type CrowdNode } from '../test/crowd.ts';
import type { Gap } from './index.ts';

let crowd: Crowd;

afterEach(async () => {
  await crowd.stop();
  expect(crowd.network.failures).toEqual([]);
  expect(crowd.nodes.reduce((sum, { links }) => sum + links.clock.pendingTimers, 0)).toBe(0);
});

/** What every subscriber has seen. */
async function audience(count: number, topic = 'a.b') {
  const nodes = await crowd.nodesOf(count);
  const seen = nodes.map((): unknown[] => []);
  const gaps = nodes.map((): Gap[] => []);
  for (const [index, { pubsub }] of nodes.entries()) {
    await pubsub.subscribe(topic, (event) => seen[index]!.push(event.payload), {
      onGap: (gap) => gaps[index]!.push(gap),
    });
  }
  return { nodes, seen, gaps };
}

function copiesBy({ id }: CrowdNode): number {
  const { sentByKind } = crowd.network.stats.of(id);
  const sent = (kind: number): number => sentByKind.get(kind)?.frames ?? 0;
  return sent(FrameKind.event) + sent(FrameKind.treeEvent);
}

describe('one publisher and a thousand subscribers', () => {
  it('brings each event to each exactly once, in order, with at most 16 copies from anybody', async () => {
    crowd = new Crowd();
    const publisher = await crowd.node();
    const { nodes, seen } = await audience(1_000);
    const events = [0, 1, 2, 3, 4];
    for (const event of events) await crowd.clock.complete(publisher.pubsub.publish('a.b', event));
    await crowd.clock.advance(100);
    for (const one of seen) expect(one).toEqual(events);
    const most = Math.max(...[publisher, ...nodes].map(copiesBy));
    expect(most).toBeLessThanOrEqual(16 * events.length);
    expect([...publisher.links.all()]).toHaveLength(12);
    const copies = crowd.sum('sent') + crowd.sum('relayed');
    expect(crowd.sum('needed')).toBe(5_000);
    expect(copies / crowd.sum('needed')).toBeLessThanOrEqual(1.05);
  });
});
