import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InvalidArgumentError, InvalidUriError, NotRunningError } from '@macula/core';
import { InvalidPayloadError, withKwargs } from '@macula/wire';
import { Mesh } from '../test/mesh.ts';
import { PayloadTooLargeError, type TopicEvent } from './index.ts';

let mesh: Mesh;

beforeEach(() => {
  mesh = new Mesh();
});

afterEach(async () => {
  await mesh.stop();
  expect(mesh.network.failures).toEqual([]);
  expect(mesh.pendingTimers).toBe(0);
});

describe('publishing and subscribing', () => {
  it('brings an event to every node that subscribes, and to no other', async () => {
    const [publisher, near, far, other] = await mesh.nodesOf(4);
    const seen: string[] = [];
    await near!.pubsub.subscribe('a.b', (event) => seen.push(`near ${event.topic}`));
    await far!.pubsub.subscribe('a.b', (event) => seen.push(`far ${event.topic}`));
    await other!.pubsub.subscribe('a.c', (event) => seen.push(`other ${event.topic}`));
    await mesh.settle();
    await publisher!.pubsub.publish('a.b', 1);
    await mesh.settle();
    expect(seen.sort()).toEqual(['far a.b', 'near a.b']);
    expect(publisher!.metrics.value('published')).toBe(1);
    expect(publisher!.metrics.value('sent')).toBe(2);
    expect(near!.metrics.value('received')).toBe(1);
    expect(near!.metrics.value('delivered')).toBe(1);
  });

  it('matches exact, prefix and wildcard patterns', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const seen = new Map<string, string[]>();
    const collect = async (name: string, pattern: string, match?: 'prefix'): Promise<void> => {
      seen.set(name, []);
      const handler = (event: TopicEvent): unknown => seen.get(name)?.push(event.topic);
      await subscriber!.pubsub.subscribe(pattern, handler, match && { match });
    };
    await collect('exact', 'home.kitchen');
    await collect('star', 'home.*.lamp');
    await collect('rest', 'home.**');
    await collect('all', '**');
    await collect('prefix', 'home.ki', 'prefix');
    await mesh.settle();
    const topics = ['home', 'home.kitchen', 'home.kitchen.lamp', 'home.kiosk', 'garden.lamp'];
    for (const topic of topics) await mesh.clock.complete(publisher!.pubsub.publish(topic, 1));
    await mesh.settle();
    expect(Object.fromEntries(seen)).toEqual({
      exact: ['home.kitchen'],
      star: ['home.kitchen.lamp'],
      rest: ['home', 'home.kitchen', 'home.kitchen.lamp', 'home.kiosk'],
      all: topics,
      prefix: ['home.kitchen', 'home.kitchen.lamp', 'home.kiosk'],
    });
    // One copy travels, however many subscriptions of the node match.
    expect(publisher!.metrics.value('sent')).toBe(topics.length);
  });

  it('gives handlers args, kwargs and the value that was published', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const seen: Pick<TopicEvent, 'args' | 'kwargs' | 'payload'>[] = [];
    await subscriber!.pubsub.subscribe('a', ({ args, kwargs, payload }) => {
      seen.push({ args, kwargs, payload });
    });
    await mesh.settle();
    const both = withKwargs([1], { x: 2 });
    for (const value of [[1, 'two'], { watts: 3500 }, 42, null, undefined, both]) {
      void publisher!.pubsub.publish('a', value);
    }
    await mesh.settle();
    expect(seen).toEqual([
      { args: [1, 'two'], kwargs: {}, payload: [1, 'two'] },
      { args: [], kwargs: { watts: 3500 }, payload: { watts: 3500 } },
      { args: [42], kwargs: {}, payload: 42 },
      { args: [null], kwargs: {}, payload: null },
      { args: [undefined], kwargs: {}, payload: undefined },
      { args: [1], kwargs: { x: 2 }, payload: both },
    ]);
  });

  it('numbers events per publisher and topic, and tells more about them only if asked to', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const seen: TopicEvent[] = [];
    await subscriber!.pubsub.subscribe('**', (event) => seen.push(event));
    await mesh.settle();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1));
    await mesh.clock.complete(publisher!.pubsub.publish('b', 1));
    await publisher!.pubsub.publish('a', 2, { disclose: true, timestamp: true, traceparent });
    await mesh.settle();
    expect(seen.map(({ topic, sequence }) => `${topic} ${sequence}`)).toEqual([
      'a 1',
      'b 1',
      'a 2',
    ]);
    expect(seen[0]).toMatchObject({ retained: false, qos: 0 });
    expect(seen[0]?.publisher).toBeUndefined();
    expect(seen[0]?.publishedAt).toBeUndefined();
    expect(seen[2]?.publisher?.key).toBe(publisher!.id.key);
    expect(seen[2]?.traceparent).toBe(traceparent);
    expect(Math.abs((seen[2]?.publishedAt ?? 0) - mesh.clock.wallTime())).toBeLessThan(1_000);
  });

  it('spares the publishing node its own events unless it asks for them', async () => {
    const [node] = await mesh.nodesOf(1);
    const seen: unknown[] = [];
    await node!.pubsub.subscribe('a', (event) => seen.push(event.payload));
    await mesh.clock.complete(node!.pubsub.publish('a', 'not for me'));
    await node!.pubsub.publish('a', 'for me', { excludeSelf: false });
    await node!.pubsub.publish('a', 'excluded', { excludeSelf: false, exclude: [node!.id] });
    expect(seen).toEqual(['for me']);
  });

  it('keeps events from excluded nodes and sends to eligible ones only, without gaps', async () => {
    const [publisher, x, y] = await mesh.nodesOf(3);
    const seen: string[] = [];
    const gaps: unknown[] = [];
    for (const [name, node] of [
      ['x', x!],
      ['y', y!],
    ] as const) {
      await node.pubsub.subscribe('a', (event) => seen.push(`${name}${String(event.payload)}`), {
        onGap: (gap) => gaps.push(gap),
      });
    }
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1));
    await publisher!.pubsub.publish('a', 2, { exclude: [x!.id] });
    await publisher!.pubsub.publish('a', 3, { eligible: [x!.id] });
    await publisher!.pubsub.publish('a', 4, { eligible: [x!.id, y!.id], exclude: [y!.id] });
    await publisher!.pubsub.publish('a', 5);
    await mesh.settle();
    expect(seen.sort()).toEqual(['x1', 'x3', 'x4', 'x5', 'y1', 'y2', 'y5']);
    expect(gaps).toEqual([]);
  });

  it('stops delivery at the moment of unsubscribing, also of what is on its way', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const seen: unknown[] = [];
    const subscription = await subscriber!.pubsub.subscribe('a', (event) => {
      seen.push(event.payload);
    });
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1));
    await mesh.settle();
    void publisher!.pubsub.publish('a', 2);
    await subscription.unsubscribe();
    await subscription.unsubscribe();
    expect(subscription.active).toBe(false);
    await mesh.settle();
    expect(seen).toEqual([1]);
    expect(subscriber!.metrics.value('dropped', 'unwanted')).toBe(1);
    await mesh.clock.complete(publisher!.pubsub.publish('a', 3));
    expect(publisher!.metrics.value('sent')).toBe(2);
  });

  it('reports no gap for what was published while nobody here subscribed', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const seen: unknown[] = [];
    const gaps: unknown[] = [];
    const options = { onGap: (gap: unknown) => gaps.push(gap) };
    const handler = (event: TopicEvent): unknown => seen.push(event.payload);
    const first = await subscriber!.pubsub.subscribe('a', handler, options);
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1));
    await mesh.settle();
    await first.unsubscribe();
    await mesh.settle();
    for (const value of [2, 3]) await publisher!.pubsub.publish('a', value);
    await subscriber!.pubsub.subscribe('a', handler, options);
    await mesh.settle();
    await publisher!.pubsub.publish('a', 4);
    await mesh.settle();
    expect(seen).toEqual([1, 4]);
    expect(gaps).toEqual([]);
  });

  it('announces a pattern once, however many subscriptions share it', async () => {
    const [node, other] = await mesh.nodesOf(2);
    const subscriptions = await Promise.all(
      Array.from({ length: 5 }, () => node!.pubsub.subscribe('a.*', () => undefined)),
    );
    await mesh.settle();
    expect(mesh.directory.seenBy(other!.id)).toHaveLength(1);
    for (const subscription of subscriptions.slice(1)) await subscription.unsubscribe();
    await mesh.settle();
    expect(mesh.directory.seenBy(other!.id)).toHaveLength(1);
    await subscriptions[0]!.unsubscribe();
    await mesh.settle();
    expect(mesh.directory.seenBy(other!.id)).toHaveLength(0);
  });

  it('counts and logs a handler that fails, and goes on with the others', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const seen: unknown[] = [];
    const throwing = await subscriber!.pubsub.subscribe('a', () => {
      throw new Error('no');
    });
    const rejecting = await subscriber!.pubsub.subscribe('a', async () => {
      throw new Error('no, later');
    });
    await subscriber!.pubsub.subscribe('a', (event) => seen.push(event.payload));
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1));
    await publisher!.pubsub.publish('a', 2);
    await mesh.settle();
    expect(seen).toEqual([1, 2]);
    expect(throwing.counters.failures).toBe(2);
    expect(rejecting.counters.failures).toBe(2);
    expect(subscriber!.metrics.value('handler_failures')).toBe(4);
  });

  it('serves a hundred subscribers with one copy each', async () => {
    const publisher = await mesh.node();
    const subscribers = await mesh.nodesOf(100);
    const counts = new Array<number>(100).fill(0);
    for (const [i, node] of subscribers.entries()) {
      await node.pubsub.subscribe('a', () => {
        counts[i]!++;
      });
    }
    await mesh.settle();
    for (let i = 0; i < 50; i++) await mesh.clock.complete(publisher.pubsub.publish('a', i));
    await mesh.settle();
    expect(new Set(counts)).toEqual(new Set([50]));
    expect(publisher.metrics.value('sent')).toBe(5_000);
  });

  it('waits with the first event on a topic until its subscribers are known, for a while', async () => {
    let known: () => void = () => undefined;
    const publisher = await mesh.node({ ready: new Promise((resolve) => (known = resolve)) });
    const subscriber = await mesh.node();
    const seen: unknown[] = [];
    await subscriber.pubsub.subscribe('**', (event) => seen.push(event.payload));
    await mesh.settle();
    const first = publisher.pubsub.publish('a', 1);
    const second = publisher.pubsub.publish('a', 2);
    await mesh.settle();
    expect(seen).toEqual([]);
    known();
    await mesh.clock.complete(Promise.all([first, second]));
    await mesh.settle();
    expect(seen).toEqual([1, 2]);

    const stuck = await mesh.node({ ready: new Promise(() => undefined), resolveTimeoutMs: 100 });
    const before = mesh.clock.now();
    await mesh.clock.complete(stuck.pubsub.publish('a', 3));
    expect(mesh.clock.now() - before).toBeLessThan(200);
    await mesh.settle();
    expect(seen).toEqual([1, 2, 3]);
  });

  it('refuses bad topics, patterns, options and values with typed errors', async () => {
    const [node, subscriber] = await mesh.nodesOf(2, { maxPayloadBytes: 100 });
    const { pubsub } = node!;
    await expect(pubsub.publish('A B', 1)).rejects.toThrow(InvalidUriError);
    await expect(pubsub.subscribe('a.**.b', () => undefined)).rejects.toThrow(InvalidUriError);
    await expect(pubsub.publish('a', 1, { qos: 2 as 1 })).rejects.toThrow('qos must be');
    await expect(pubsub.publish('a', 1, { expiry: -1 })).rejects.toThrow('expiry must be');
    await expect(pubsub.publish('a', 1, { timeout: 0 })).rejects.toThrow('timeout must be');
    await expect(pubsub.publish('a', 1, { backpressure: 'x' as 'wait' })).rejects.toThrow('backpr');
    for (const traceparent of ['x'.repeat(200), '€'.repeat(128)]) {
      const refused = pubsub.publish('a', 1, { qos: 1, traceparent });
      await expect(refused).rejects.toThrow(InvalidArgumentError);
    }
    await expect(pubsub.subscribe('a', { queue: { limit: 0 } })).rejects.toThrow('queue.limit');
    await expect(pubsub.subscribe('a', { queue: { overflow: 'x' as 'wait' } })).rejects.toThrow(
      'queue.overflow',
    );
    await subscriber!.pubsub.subscribe('a', () => undefined);
    await mesh.settle();
    const large = 'x'.repeat(200);
    for (let i = 0; i < 2; i++) {
      await expect(mesh.clock.complete(pubsub.publish('a', large))).rejects.toThrow(
        PayloadTooLargeError,
      );
      await expect(mesh.clock.complete(pubsub.publish('a', () => 1))).rejects.toThrow(
        InvalidPayloadError,
      );
      await mesh.clock.complete(pubsub.publish('a', 1));
    }
  });

  it.each([0, 1] as const)(
    'takes an expiry beyond all numbers for none (quality of service %i)',
    async (qos) => {
      const [publisher, subscriber] = await mesh.nodesOf(2);
      const seen: unknown[] = [];
      await subscriber!.pubsub.subscribe('a', ({ payload }) => seen.push(payload));
      await mesh.settle();
      const expiries = [Number.MAX_VALUE, Number.MAX_SAFE_INTEGER, Infinity, 1_000];
      for (const expiry of expiries) {
        await mesh.clock.complete(publisher!.pubsub.publish('a', expiry, { qos, expiry }));
      }
      await mesh.settle();
      expect(seen).toEqual(expiries);
      expect(mesh.network.failures).toEqual([]);
    },
  );

  it('works between start and stop only', async () => {
    const [node] = await mesh.nodesOf(1);
    await node!.pubsub.start();
    const subscription = await node!.pubsub.subscribe('a', () => undefined);
    expect(node!.pubsub.stop()).toBe(node!.pubsub.stop());
    await node!.pubsub.stop();
    expect(subscription.active).toBe(false);
    await expect(node!.pubsub.publish('a', 1)).rejects.toThrow(NotRunningError);
    await expect(node!.pubsub.subscribe('a', () => undefined)).rejects.toThrow(NotRunningError);
    await expect(node!.pubsub.start()).rejects.toThrow(NotRunningError);
  });
});
