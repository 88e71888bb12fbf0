import { afterEach, describe, expect, it } from '@jest/globals';
import { FrameKind } from '@macula/wire';
import { Crowd, type CrowdNode } from '../test/crowd.ts';
import { type Gap, type PubSubOptions, UndeliveredError } from './index.ts';

let crowd: Crowd;

afterEach(async () => {
  await crowd.stop();
  expect(crowd.network.failures).toEqual([]);
  expect(crowd.pendingTimers).toBe(0);
});

/** What every subscriber has seen, and when it came to see the last of it. */
async function audience(count: number, options: Partial<PubSubOptions> = {}) {
  const nodes = await crowd.nodesOf(count, options);
  const seen = nodes.map((): unknown[] => []);
  const gaps = nodes.map((): Gap[] => []);
  const lastAt = nodes.map(() => 0);
  for (const [index, { pubsub }] of nodes.entries()) {
    const see = ({ payload }: { readonly payload: unknown }): void => {
      seen[index]!.push(payload);
      lastAt[index] = crowd.clock.now();
    };
    await pubsub.subscribe('a.b', see, { onGap: (gap) => gaps[index]!.push(gap) });
  }
  return { nodes, seen, gaps, lastAt };
}

function copiesBy({ id }: CrowdNode): number {
  const { sentByKind } = crowd.network.stats.of(id);
  const sent = (kind: number): number => sentByKind.get(kind)?.frames ?? 0;
  return sent(FrameKind.event) + sent(FrameKind.treeEvent);
}

describe('one publisher and a thousand subscribers', () => {
  it('brings each event to each exactly once, in order, over at most 4 hops, with at most 16 copies from anybody', async () => {
    const hopMs = 10;
    crowd = new Crowd({ latencyMs: hopMs });
    const publisher = await crowd.node();
    const { nodes, seen, lastAt } = await audience(1_000);
    const all = [publisher, ...nodes];
    // The first one waits for its tree.
    await crowd.clock.complete(publisher.pubsub.publish('a.b', 0));
    await crowd.clock.advance(100);
    for (const event of [1, 2, 3, 4]) {
      const before = all.map(copiesBy);
      const began = crowd.clock.now();
      void publisher.pubsub.publish('a.b', event, { qos: event % 2 ? 1 : 0 });
      await crowd.clock.advance(100);
      const copies = all.map((node, index) => copiesBy(node) - before[index]!);
      expect(Math.max(...copies)).toBeLessThanOrEqual(16);
      expect((Math.max(...lastAt) - began) / hopMs).toBeLessThanOrEqual(4);
    }
    for (const one of seen) expect(one).toEqual(numbers(5));
    expect([...publisher.links.all()]).toHaveLength(12);
    expect(crowd.sum('received')).toBe(5_000);
    expect(amplification()).toBe(1);
  });
});

/** Copies that were sent, for each that arrived and was new. */
function amplification(): number {
  return (crowd.sum('sent') + crowd.sum('relayed')) / crowd.sum('received');
}

/** Publishes numbers in turn; gives how the acknowledged ones ended. */
async function stream(publisher: CrowdNode, qos: 0 | 1, count: number, from = 0, everyMs = 1) {
  const ends: Promise<unknown>[] = [];
  for (let i = from; i < from + count; i++) {
    ends.push(
      publisher.pubsub.publish('a.b', i, qos === 1 ? { qos } : undefined).then(
        () => 'acknowledged',
        (error: unknown) => error,
      ),
    );
    await crowd.clock.advance(everyMs);
  }
  return { ends };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Those that pass events on, which have them from the publisher itself or from others. */
function forwarders(
  publisher: CrowdNode,
  nodes: readonly CrowdNode[],
  place: 'first' | 'second',
): CrowdNode[] {
  const passingOn = nodes.filter(({ metrics }) => metrics.value('relayed') > 0);
  return passingOn.filter(({ links }) => {
    return (links.get(publisher.id) === undefined) === (place === 'second');
  });
}

describe('acknowledged events along a tree', () => {
  it('are acknowledged once everybody has handled them', async () => {
    crowd = new Crowd({ latencyMs: { min: 1, max: 10 } });
    const publisher = await crowd.node();
    const { seen } = await audience(200);
    const { ends } = await stream(publisher, 1, 50);
    await crowd.clock.advance(500);
    expect(await Promise.all(ends)).toEqual(ends.map(() => 'acknowledged'));
    for (const one of seen) expect(one).toEqual(numbers(50));
    expect(crowd.sum('sent') + crowd.sum('relayed')).toBe(50 * 200);
    expect(publisher.metrics.value('retries')).toBe(0);
  });

  it.each(['first', 'second'] as const)(
    'miss nobody when a forwarder dies in the middle, %s in line',
    async (place) => {
      crowd = new Crowd({ latencyMs: { min: 1, max: 10 } });
      const publisher = await crowd.node();
      const { nodes, seen } = await audience(300);
      const { ends } = await stream(publisher, 1, 10, 0, 30);
      ends.push(...(await stream(publisher, 1, 50, 10)).ends);
      const victim = forwarders(publisher, nodes, place)[3]!;
      crowd.kill(victim);
      ends.push(...(await stream(publisher, 1, 100, 60, 3)).ends);
      await crowd.clock.advance(8_000);
      crowd.bury(victim);
      ends.push(...(await stream(publisher, 1, 60, 160)).ends);
      const outcomes = await crowd.clock.complete(Promise.all(ends));
      for (const [index, one] of seen.entries()) {
        if (nodes[index] !== victim) expect(one).toEqual(numbers(220));
      }
      for (const outcome of outcomes) {
        if (outcome === 'acknowledged') continue;
        expect(outcome).toBeInstanceOf(UndeliveredError);
        const { undelivered } = outcome as UndeliveredError;
        expect(undelivered.map(({ node }) => node.key)).toEqual([victim.id.key]);
      }
      expect(outcomes.slice(-60)).toEqual(numbers(60).map(() => 'acknowledged'));
      // Sent again only to those who had not got it.
      expect(publisher.metrics.value('retries')).toBeGreaterThan(0);
      expect(amplification()).toBeLessThanOrEqual(1.05);
    },
  );

  it('are served straight to a subscriber that is slow, and do not wait for it longer than they must', async () => {
    crowd = new Crowd();
    const publisher = await crowd.node({
      unacknowledgedEvents: 20,
      slowAcknowledgementLimitMs: 500,
    });
    const { nodes, seen } = await audience(99);
    const slow = await crowd.node({ unacknowledgedEvents: 20 });
    await slow.pubsub.subscribe('a.b', () => new Promise(() => undefined));
    nodes.push(slow);
    const { ends } = await stream(publisher, 1, 200);
    const outcomes = await crowd.clock.complete(Promise.all(ends));
    for (const one of seen) expect(one).toEqual(numbers(200));
    const failed = outcomes.filter((outcome) => outcome instanceof UndeliveredError);
    for (const { undelivered } of failed) {
      expect(undelivered.map(({ node }) => node.key)).toEqual([slow.id.key]);
    }
  });
});

describe('plain events along a tree', () => {
  it.each(['first', 'second'] as const)(
    'are reported as missing when a forwarder dies, %s in line, and flow again within a detection time',
    async (place) => {
      crowd = new Crowd({ latencyMs: { min: 1, max: 10 }, silenceMs: 2_000 });
      const publisher = await crowd.node();
      const { nodes, seen, gaps } = await audience(300);
      await stream(publisher, 0, 100);
      const victim = forwarders(publisher, nodes, place)[2]!;
      crowd.kill(victim);
      await stream(publisher, 0, 300, 100, 12);
      await crowd.clock.advance(3_000);
      expect(gaps.flat()).not.toEqual([]);
      for (const [index, one] of seen.entries()) {
        if (nodes[index] === victim) continue;
        const missed = gaps[index]!.flatMap(({ from, to }) =>
          numbers(to - from + 1).map((i) => from + i - 1),
        );
        expect([...one, ...missed].sort((a, b) => Number(a) - Number(b))).toEqual(numbers(400));
        // One event every 12 ms: found after 2 s at most, and repaired at once.
        expect(missed.length).toBeLessThan(2_500 / 12);
        expect(one).toEqual([...one].sort((a, b) => Number(a) - Number(b)));
      }
    },
  );

  it('keep their order while subscribers come and a tree begins', async () => {
    crowd = new Crowd({ latencyMs: { min: 1, max: 40 } });
    const publisher = await crowd.node();
    const first = await audience(10);
    await stream(publisher, 0, 50);
    const second = await audience(60);
    await stream(publisher, 0, 500, 50, 4);
    const third = await audience(40);
    await stream(publisher, 0, 700, 550, 4);
    await crowd.clock.advance(2_000);
    for (const one of first.seen) expect(one).toEqual(numbers(1_250));
    for (const one of [...second.seen, ...third.seen]) {
      expect(one).toEqual(numbers(1_250).slice(Number(one[0])));
    }
    for (const { gaps } of [first, second, third]) expect(gaps.flat()).toEqual([]);
    expect(publisher.metrics.value('trees', 'started')).toBeGreaterThan(1);
    expect(crowd.sum('relayed')).toBeGreaterThan(0);
  });

  it('go straight to each while there are lists of receivers', async () => {
    crowd = new Crowd({ latencyMs: { min: 1, max: 20 } });
    const publisher = await crowd.node();
    const { nodes, seen, gaps } = await audience(50);
    await stream(publisher, 0, 20);
    const exclude = [nodes[7]!.id];
    await crowd.clock.complete(publisher.pubsub.publish('a.b', 'secret', { exclude }));
    await stream(publisher, 0, 20, 20);
    await crowd.clock.advance(2_000);
    const all = [...numbers(20), 'secret', ...numbers(40).slice(20)];
    for (const [index, one] of seen.entries()) {
      expect(one).toEqual(index === 7 ? numbers(40) : all);
    }
    expect(gaps.flat()).toEqual([]);
  });

  it('go straight where nodes do not sign', async () => {
    crowd = new Crowd();
    const publisher = await crowd.node({ signs: false });
    const { seen } = await audience(40);
    await crowd.clock.complete(publisher.pubsub.publish('a.b', 0));
    await crowd.clock.advance(100);
    for (const one of seen) expect(one).toEqual([0]);
    expect(publisher.metrics.value('sent')).toBe(40);
  });

  it('go straight to nodes that take part in no tree', async () => {
    crowd = new Crowd();
    const publisher = await crowd.node();
    const { seen } = await audience(60);
    const silent = await crowd.node({ signs: false });
    const heard: unknown[] = [];
    await silent.pubsub.subscribe('a.b', (event) => heard.push(event.payload));
    await stream(publisher, 0, 20);
    await crowd.clock.advance(100);
    for (const one of [...seen, heard]) expect(one).toEqual(numbers(20));
  });
});
