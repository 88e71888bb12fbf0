import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AbortedError, DirectoryKey, NotRunningError, Pattern, TimeoutError } from '@macula/core';
import { Mesh } from '../test/mesh.ts';
import { type Resumed, UndeliveredError } from './index.ts';
import { writeInterest } from './interest-entry.ts';

let mesh: Mesh;

beforeEach(() => {
  mesh = new Mesh();
});

afterEach(async () => {
  await mesh.stop();
  expect(mesh.network.failures).toEqual([]);
  expect(mesh.pendingTimers).toBe(0);
});

const qos = 1;

describe('quality of service 1', () => {
  it('resolves when every subscriber has acknowledged', async () => {
    const [publisher, near, far] = await mesh.nodesOf(3);
    const seen: string[] = [];
    await near!.pubsub.subscribe('a', (event) => seen.push(`near ${String(event.payload)}`));
    await far!.pubsub.subscribe('a', (event) => seen.push(`far ${event.qos}`));
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1, { qos }));
    expect(seen.sort()).toEqual(['far 1', 'near 1']);
    expect(publisher!.metrics.value('outbox_bytes')).toBe(0);
  });

  it('resolves at once without subscribers', async () => {
    const publisher = await mesh.node();
    await mesh.clock.complete(publisher.pubsub.publish('a', 1, { qos }));
    expect(mesh.clock.now()).toBe(0);
  });

  it('acknowledges when the handler has completed, and handles one event of a topic at a time', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const { clock } = subscriber!.links;
    const trace: string[] = [];
    await subscriber!.pubsub.subscribe('*', async (event) => {
      trace.push(`begin ${event.topic}${event.sequence}`);
      await new Promise<void>((resolve) => clock.setTimer(resolve, 100));
      trace.push(`end ${event.topic}${event.sequence}`);
    });
    await mesh.settle();
    const { pubsub } = publisher!;
    const all = ['a', 'a', 'b'].map((topic) => pubsub.publish(topic, 1, { qos }));
    let done = 0;
    for (const one of all) void one.then(() => done++);
    await mesh.clock.advance(60);
    expect(done).toBe(0);
    await mesh.clock.complete(Promise.all(all));
    expect(trace.filter((line) => line.includes('a'))).toEqual([
      'begin a1',
      'end a1',
      'begin a2',
      'end a2',
    ]);
    // Another topic does not wait.
    expect(trace.indexOf('begin b1')).toBeLessThan(trace.indexOf('end a1'));
  });

  it('keeps plain events behind acknowledged ones whose handlers take their time', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const seen: unknown[] = [];
    await subscriber!.pubsub.subscribe('a', async (event) => {
      seen.push(event.payload);
      await new Promise<void>((resolve) => subscriber!.links.clock.setTimer(resolve, 20));
    });
    await mesh.settle();
    void publisher!.pubsub.publish('a', 1, { qos });
    void publisher!.pubsub.publish('a', 2);
    void publisher!.pubsub.publish('a', 3, { expiry: 10 });
    void publisher!.pubsub.publish('a', 4, { qos });
    await mesh.settle();
    expect(seen).toEqual([1, 2, 4]);
    expect(subscriber!.metrics.value('dropped', 'expired')).toBe(1);
  });

  it('acknowledges what a handler has failed on: it is not sent again', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    let calls = 0;
    const subscription = await subscriber!.pubsub.subscribe('a', async () => {
      calls++;
      throw new Error('no');
    });
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1, { qos }));
    await mesh.settle();
    expect(calls).toBe(1);
    expect(subscription.counters.failures).toBe(1);
  });

  it('goes on after a handler that never ends', async () => {
    const publisher = await mesh.node();
    const subscriber = await mesh.node({ handlerTimeoutMs: 200 });
    const seen: unknown[] = [];
    await subscriber.pubsub.subscribe('a', (event) => {
      seen.push(event.payload);
      return new Promise(() => undefined);
    });
    await mesh.settle();
    const all = [1, 2].map((value) => publisher.pubsub.publish('a', value, { qos }));
    await mesh.clock.complete(Promise.all(all));
    expect(seen).toEqual([1, 2]);
    expect(subscriber.metrics.value('handler_failures')).toBe(2);
  });

  it('sends again over a new link what was not acknowledged; handlers see it once and in order', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const seen: unknown[] = [];
    const resumed: Resumed[] = [];
    await subscriber!.pubsub.subscribe('a', (event) => seen.push(event.payload), {
      onResumed: (news) => resumed.push(news),
    });
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 0, { qos }));
    // Events still arrive, acknowledgements do not.
    mesh.network.partition(subscriber!.id, publisher!.id, { oneWay: true });
    const all = [1, 2, 3].map((value) => publisher!.pubsub.publish('a', value, { qos }));
    await mesh.clock.advance(8_000);
    mesh.network.heal();
    await mesh.clock.complete(Promise.all(all));
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(publisher!.metrics.value('retries')).toBeGreaterThan(0);
    expect(subscriber!.metrics.value('dropped', 'duplicate')).toBeGreaterThan(0);
    expect(resumed).toMatchObject([{ topic: 'a', missed: 0 }]);
  });

  it('rejects with the names of subscribers whose node has failed, and with all others served', async () => {
    const [publisher, alive, dead] = await mesh.nodesOf(3);
    const seen: unknown[] = [];
    await alive!.pubsub.subscribe('a', (event) => seen.push(event.payload));
    await dead!.pubsub.subscribe('a', () => undefined);
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 0, { qos }));
    mesh.network.crash(dead!.id);
    const first = publisher!.pubsub.publish('a', 1, { qos });
    await mesh.settle();
    publisher!.told('failed', dead!.id);
    const error = await mesh.clock.complete(first.catch((reason: unknown) => reason));
    expect(error).toBeInstanceOf(UndeliveredError);
    expect((error as UndeliveredError).undelivered).toEqual([{ node: dead!.id, reason: 'gone' }]);
    expect(String(error)).toContain(dead!.id.key);
    // From now on nobody waits for it.
    await mesh.clock.complete(publisher!.pubsub.publish('a', 2, { qos }), { limitMs: 100 });
    expect(publisher!.metrics.value('dropped', 'gone')).toBe(2);
    expect(seen).toEqual([0, 1, 2]);
    mesh.directory.forget(dead!.id);
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 3, { qos }));
    expect(publisher!.metrics.value('outbox_bytes')).toBe(0);
  });

  it('rejects also where the subscriber has died before it could be reached', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    await subscriber!.pubsub.subscribe('a', () => undefined);
    await mesh.settle();
    mesh.network.crash(subscriber!.id);
    const published = publisher!.pubsub.publish('a', 1, { qos });
    await mesh.clock.advance(100);
    mesh.directory.forget(subscriber!.id);
    await expect(mesh.clock.complete(published, { limitMs: 100 })).rejects.toThrow(
      UndeliveredError,
    );
  });

  it('takes a node up again that comes back, and tells it what it has missed', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const seen: unknown[] = [];
    const news: unknown[] = [];
    await subscriber!.pubsub.subscribe('a', (event) => seen.push(event.payload), {
      onGap: ({ from, to }) => news.push({ from, to }),
      onResumed: ({ missed }) => news.push({ missed }),
    });
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1));
    await mesh.settle();
    const undo = mesh.network.partition(publisher!.id, subscriber!.id);
    publisher!.told('failed', subscriber!.id);
    for (const value of [2, 3]) await publisher!.pubsub.publish('a', value);
    await mesh.clock.advance(6_000);
    undo();
    publisher!.told('joined', subscriber!.id);
    await mesh.clock.advance(2_000);
    expect(news).toEqual([{ from: 2, to: 3 }, { missed: 2 }]);
    await publisher!.pubsub.publish('a', 4);
    await mesh.settle();
    expect(seen).toEqual([1, 4]);
    expect(publisher!.metrics.value('dropped', 'gone')).toBe(2);
  });

  it('does not fail because a subscriber has unsubscribed', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const subscription = await subscriber!.pubsub.subscribe(
      'a',
      () => new Promise(() => undefined),
    );
    await mesh.settle();
    const published = publisher!.pubsub.publish('a', 1, { qos });
    await mesh.settle();
    await subscription.unsubscribe();
    await mesh.clock.complete(published, { limitMs: 200 });
    expect(publisher!.metrics.value('dropped', 'unsubscribed')).toBe(1);
  });

  it('waits on for a subscriber whose announcement is renewed, or moved to another pattern that matches', async () => {
    const publisher = await mesh.node();
    const silent = mesh.network.node();
    const key = DirectoryKey.of('org.example', 'subscription', 'a');
    const interest = (pattern: string): Uint8Array => writeInterest(Pattern.parse(pattern));
    const announcement = mesh.directory.of(silent.self).announce(key, interest('a.b'));
    await mesh.settle();
    let settled = false;
    const published = publisher.pubsub.publish('a.b', 1, { qos }).finally(() => (settled = true));
    for (const pattern of ['a.b', 'a.*', 'a.**']) {
      announcement.update(interest(pattern));
      await mesh.settle();
      expect(settled).toBe(false);
    }
    announcement.update(interest('a.c'));
    await mesh.clock.complete(published, { limitMs: 100 });
  });

  it('ends the wait at its deadline, when aborted and at stop, and sends no further', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const seen: unknown[] = [];
    await subscriber!.pubsub.subscribe('a', (event) => seen.push(event.payload));
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 0, { qos }));
    mesh.network.pause(subscriber!.id);
    const late = publisher!.pubsub.publish('a', 1, { qos, timeout: 500 });
    const error = await mesh.clock.complete(late.catch((reason: unknown) => reason));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(String(error)).toContain(subscriber!.id.key);
    const controller = new AbortController();
    const aborted = publisher!.pubsub.publish('a', 2, { qos, signal: controller.signal });
    controller.abort('enough');
    await expect(aborted).rejects.toThrow(AbortedError);
    await expect(publisher!.pubsub.publish('a', 2, { signal: controller.signal })).rejects.toThrow(
      AbortedError,
    );
    expect(publisher!.metrics.value('dropped', 'withdrawn')).toBe(2);
    expect(publisher!.metrics.value('outbox_bytes')).toBe(0);
    const unfinished = publisher!.pubsub.publish('a', 3, { qos });
    await publisher!.pubsub.stop();
    await expect(unfinished).rejects.toThrow(NotRunningError);
  });

  it('drops what expires before it can be sent', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const seen: unknown[] = [];
    const gaps: unknown[] = [];
    await subscriber!.pubsub.subscribe('a', (event) => seen.push(event.payload), {
      onGap: ({ from, to }) => gaps.push([from, to]),
    });
    await mesh.settle();
    mesh.network.partition(publisher!.id, subscriber!.id);
    const late = publisher!.pubsub.publish('a', 1, { qos, expiry: 1_000 });
    const plain = publisher!.pubsub.publish('a', 2, { expiry: 1_000 });
    const kept = publisher!.pubsub.publish('a', 3, { qos, expiry: 60_000 });
    await mesh.clock.advance(2_000);
    mesh.network.heal();
    await expect(mesh.clock.complete(late)).rejects.toThrow(UndeliveredError);
    await mesh.clock.complete(Promise.all([plain, kept]));
    expect(seen).toEqual([3]);
    expect(gaps).toEqual([[1, 2]]);
  });

  it('asks the publisher to start over when its queue was full, and loses nothing', async () => {
    const publisher = await mesh.node();
    const subscriber = await mesh.node({ unacknowledgedEvents: 4 });
    const seen: unknown[] = [];
    await subscriber.pubsub.subscribe('a', async (event) => {
      await new Promise<void>((resolve) => subscriber.links.clock.setTimer(resolve, 10));
      seen.push(event.payload);
    });
    await mesh.settle();
    const values = Array.from({ length: 50 }, (_, i) => i);
    const all = values.map((value) => publisher.pubsub.publish('a', value, { qos }));
    await mesh.clock.complete(Promise.all(all));
    expect(seen).toEqual(values);
    expect(subscriber.metrics.value('dropped', 'no_room')).toBeGreaterThan(0);
    expect(publisher.metrics.value('retries')).toBeGreaterThan(0);
  });

  it('includes this node’s own handlers where it does not exclude itself', async () => {
    const node = await mesh.node({ unacknowledgedEvents: 2 });
    const { clock } = node.links;
    const seen: unknown[] = [];
    await node.pubsub.subscribe('a', async (event) => {
      await new Promise<void>((resolve) => clock.setTimer(resolve, 10));
      seen.push(event.payload);
    });
    const options = { qos, excludeSelf: false } as const;
    const first = mesh.clock.complete(node.pubsub.publish('a', 1, options));
    await first;
    expect(seen).toEqual([1]);
    const results = Promise.allSettled(
      [2, 3, 4, 5].map((n) => node.pubsub.publish('a', n, options)),
    );
    const statuses = (await mesh.clock.complete(results)).map(({ status }) => status);
    expect(statuses).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    expect(seen).toEqual([1, 2, 3, 4]);
  });
});
