import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Mesh, type MeshNode } from '../test/mesh.ts';
import type { EventStream, Overflow, SubscribeOptions } from './index.ts';

let mesh: Mesh;
let publisher: MeshNode;
let subscriber: MeshNode;

beforeEach(async () => {
  mesh = new Mesh();
  publisher = await mesh.node();
  subscriber = await mesh.node({ handlerTimeoutMs: 1_000 });
});

afterEach(async () => {
  await mesh.stop();
  expect(mesh.network.failures).toEqual([]);
  expect(mesh.pendingTimers).toBe(0);
});

async function stream(limit: number, overflow?: Overflow): Promise<EventStream> {
  const queue = overflow === undefined ? { limit } : { limit, overflow };
  const events = await subscriber.pubsub.subscribe('a', { queue });
  await mesh.settle();
  return events;
}

async function publish(count: number, options?: { qos?: 1; expiry?: number }): Promise<void> {
  for (let i = 1; i <= count; i++) void publisher.pubsub.publish('a', i, options).catch(() => 0);
  await mesh.settle();
}

/** Takes `count` events, and gives their payloads. */
async function take(events: EventStream, count: number): Promise<unknown[]> {
  const taken: unknown[] = [];
  for (let i = 0; i < count; i++) taken.push((await events.next()).value?.payload);
  return taken;
}

describe('an event stream', () => {
  it('gives events in order to a loop, and unsubscribes when the loop is left', async () => {
    const events = await stream(10);
    await publish(3);
    const seen: unknown[] = [];
    for await (const event of events) {
      seen.push(event.payload);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(events.active).toBe(false);
    expect(events.pattern.text).toBe('a');
    await mesh.settle();
    expect(mesh.directory.seenBy(publisher.id)).toEqual([]);
  });

  it('hands an event straight to whoever waits', async () => {
    const events = await stream(1);
    const waiting = Promise.all([events.next(), events.next()]);
    await publish(2);
    expect((await waiting).map(({ value }) => value?.payload)).toEqual([1, 2]);
  });

  it('drops the oldest when it is full, unless told otherwise', async () => {
    const events = await stream(2);
    await publish(5);
    expect(await take(events, 2)).toEqual([4, 5]);
    expect(events.counters).toMatchObject({ delivered: 5, dropped: 3 });
    expect(subscriber.metrics.value('dropped', 'queue_overflow')).toBe(3);
  });

  it('drops the newest where asked to', async () => {
    const events = await stream(2, 'drop-newest');
    await publish(5);
    expect(await take(events, 2)).toEqual([1, 2]);
  });

  it('leaves acknowledged events with their publisher where asked to wait', async () => {
    const events = await stream(2, 'wait');
    let acknowledged = 0;
    const all = [1, 2, 3, 4, 5].map((value) =>
      publisher.pubsub.publish('a', value, { qos: 1 }).then(() => acknowledged++),
    );
    await mesh.settle();
    expect(acknowledged).toBe(2);
    const taken = take(events, 5);
    await mesh.clock.complete(Promise.all(all));
    expect(await taken).toEqual([1, 2, 3, 4, 5]);
    expect(events.counters.dropped).toBe(0);
  });

  it('stays bounded where nobody ever reads', async () => {
    const events = await stream(2, 'wait');
    await publish(10, { qos: 1 });
    await mesh.clock.advance(20_000);
    expect(events.counters.dropped).toBe(6);
    await publish(3);
    expect(events.counters.dropped).toBe(9);
  });

  it('skips what has expired in the queue', async () => {
    const events = await stream(10);
    await publish(2, { expiry: 100 });
    await mesh.clock.advance(200);
    await publish(1);
    expect(await take(events, 1)).toEqual([1]);
    expect(events.counters.dropped).toBe(2);
  });

  it.each(['unsubscribe', 'stop'] as const)('ends on %s, and drops what waits', async (how) => {
    const events = await stream(10, 'wait');
    const idle = await subscriber.pubsub.subscribe('b', {} satisfies SubscribeOptions);
    const waiting = idle.next();
    await publish(15, { qos: 1 });
    if (how === 'stop') await subscriber.pubsub.stop();
    else await Promise.all([events.unsubscribe(), idle.unsubscribe()]);
    expect(await events.next()).toEqual({ done: true, value: undefined });
    expect(await waiting).toEqual({ done: true, value: undefined });
  });
});
