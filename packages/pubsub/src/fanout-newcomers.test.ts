import { afterEach, describe, expect, it } from '@jest/globals';
import { FrameKind } from '@macula/wire';
import { type Listener, listeners, numbers, opened, Stream } from '../test/audience.ts';
import { Crowd, type CrowdNode } from '../test/crowd.ts';

let crowd: Crowd;

afterEach(async () => {
  await crowd.stop();
  expect(crowd.network.failures).toEqual([]);
  expect(crowd.pendingTimers).toBe(0);
});

function copiesBy({ id }: CrowdNode): number {
  const { sentByKind } = crowd.network.stats.of(id);
  const sent = (kind: number): number => sentByKind.get(kind)?.frames ?? 0;
  return sent(FrameKind.event) + sent(FrameKind.treeEvent);
}

/** Publishes so many events; gives how many copies of one anybody has sent at most. */
async function mostCopies(stream: Stream, count: number, everyMs = 40): Promise<number> {
  let most = 0;
  for (let i = 0; i < count; i++) {
    const before = crowd.nodes.map(copiesBy);
    await stream.flow(1, everyMs);
    for (const [index, copies] of before.entries()) {
      most = Math.max(most, copiesBy(crowd.nodes[index]!) - copies);
    }
  }
  return most;
}

/** Everything from when somebody came to be served. */
function expectAllSince(stream: Stream, come: readonly Listener[], from: number): void {
  for (const one of come) {
    const [first = Infinity] = stream.at(one);
    expect(stream.at(one)).toEqual(numbers(stream.count - first, first));
    expect(first).toBeLessThanOrEqual(from);
    expect(one.missed).toBe(0);
  }
}

describe('newcomers to a topic with a tree', () => {
  it.each([0, 1] as const)(
    'never make anybody send more than 16 copies, and wait for the next tree (quality of service %i)',
    async (qos) => {
      const { crowd: made, all, stream } = await opened(qos, 120);
      crowd = made;
      await crowd.clock.advance(2_000);
      const before = stream.count;
      const few = await listeners(crowd, 4);
      await crowd.clock.advance(50);
      // A few are served beside the tree, at once.
      expect(await mostCopies(stream, 1)).toBe(16);
      expectAllSince(stream, few, before);
      const many = await listeners(crowd, 60);
      const then = stream.count;
      await crowd.clock.advance(10);
      const most = await mostCopies(stream, 40);
      // What is not acknowledged goes along the next tree once more, to its twelve branches.
      expect(most).toBeLessThanOrEqual(qos === 0 ? 16 : 16 + 12);
      for (const one of all) expect(stream.at(one)).toEqual(numbers(stream.count));
      // A tree is at least a second apart from the former, and takes a few round trips.
      expectAllSince(stream, many, then + 1_200 / 40);
      await crowd.clock.complete(Promise.all(stream.ends));
    },
  );

  it('wait while the first tree is made where all come at once, and 32 are served meanwhile', async () => {
    crowd = new Crowd({ latencyMs: { min: 1, max: 10 } });
    const publisher = await crowd.node();
    const stream = new Stream(crowd, 'p', publisher, 0);
    // The topic is open before anybody subscribes.
    await stream.flow(1, 100);
    const all = await listeners(crowd, 300);
    await stream.flow(10, 10);
    expect(copiesBy(publisher)).toBeLessThanOrEqual(10 * 32);
    await stream.flow(20, 10);
    expect(await mostCopies(stream, 10)).toBeLessThanOrEqual(16);
    expectAllSince(stream, all, 15);
  });

  it('are served straight when no tree comes, and those who went while they waited are forgotten', async () => {
    const { crowd: made, publisher, stream } = await opened(0, 60);
    crowd = made;
    const come = await listeners(crowd, 30);
    await stream.flow(2, 20);
    await come[29]!.subscription.unsubscribe();
    await stream.flow(1, 20);
    const from = stream.count;
    const exclude = [come[0]!.node.id];
    void publisher.pubsub.publish('a.b', ['p', -1], { exclude });
    await stream.flow(20, 20);
    await crowd.clock.advance(1_000);
    for (const one of come.slice(1, 29)) {
      expect(stream.at(one).filter((number) => number >= from)).toEqual(numbers(20, from));
      expect(stream.at(one)).toContain(-1);
      expect(one.missed).toBe(0);
    }
    expect(stream.at(come[29]!)).toEqual([]);
  });

  it('that come back all at once do so with the next tree, too, and know what they have missed', async () => {
    const { crowd: made, publisher, all, stream } = await opened(0, 120, 60_000);
    crowd = made;
    const leaving = all.slice(40, 80);
    for (const { node } of leaving) publisher.told('failed', node.id);
    await stream.flow(100, 400);
    for (const { node } of leaving) publisher.told('recovered', node.id);
    expect(await mostCopies(stream, 40)).toBeLessThanOrEqual(16);
    await crowd.clock.advance(3_000);
    for (const one of all) {
      const seen = stream.at(one);
      expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
      expect(seen.at(-1)).toBe(stream.count - 1);
      expect(seen.length + one.missed).toBe(stream.count);
    }
  });
});
