import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AbortedError, LimitExceededError, TimeoutError } from '@macula/core';
import { Mesh, type MeshNode } from '../test/mesh.ts';
import { type Gap, UndeliveredError } from './index.ts';

let mesh: Mesh;

beforeEach(() => {
  // Links that are full after some ten events, and that do not close while a peer stands still.
  mesh = new Mesh({ queueBytes: 2_000, windowBytes: 1_000, silenceMs: 600_000 });
});

afterEach(async () => {
  await mesh.stop();
  expect(mesh.network.failures).toEqual([]);
  expect(mesh.pendingTimers).toBe(0);
});

const event = (number: number): unknown => [number, 'x'.repeat(100)];

interface Reader {
  readonly node: MeshNode;
  readonly seen: number[];
  readonly gaps: Gap[];
}

async function reader(): Promise<Reader> {
  const node = await mesh.node();
  const seen: number[] = [];
  const gaps: Gap[] = [];
  await node.pubsub.subscribe('a', ({ args }) => seen.push(args[0] as number), {
    onGap: (gap) => gaps.push(gap),
  });
  return { node, seen, gaps };
}

/** A publisher whose outboxes take five events. */
async function publisherFor(...readers: Reader[]): Promise<MeshNode> {
  const publisher = await mesh.node({ outboxEvents: 5, slowSubscriberLimitMs: 5_000 });
  await mesh.settle();
  await mesh.clock.complete(publisher.pubsub.publish('a', event(0)));
  await mesh.settle();
  for (const { seen } of readers) expect(seen).toEqual([0]);
  return publisher;
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('backpressure', () => {
  it('lets publishers wait for a slow subscriber, and loses nothing', async () => {
    const slow = await reader();
    const publisher = await publisherFor(slow);
    let published = 0;
    const publishing = (async () => {
      for (const number of numbers(1, 500)) {
        await publisher.pubsub.publish('a', event(number));
        published++;
      }
    })();
    mesh.network.pause(slow.node.id);
    await mesh.clock.advance(1_000);
    // What the link's queue and window and the outbox hold, and no more.
    expect(published).toBeGreaterThan(10);
    expect(published).toBeLessThan(60);
    mesh.network.resume(slow.node.id);
    await mesh.clock.complete(publishing);
    await mesh.clock.advance(1_000);
    expect(slow.seen).toEqual(numbers(0, 500));
    expect(slow.gaps).toEqual([]);
  });

  it('drops the oldest events for a slow subscriber where asked to, and reports the gap', async () => {
    const [slow, fast] = [await reader(), await reader()];
    const publisher = await publisherFor(slow, fast);
    mesh.network.pause(slow.node.id);
    for (const number of numbers(1, 150)) {
      await publisher.pubsub.publish('a', event(number), { backpressure: 'drop-oldest' });
      await mesh.clock.advance(2);
    }
    expect(fast.seen).toEqual(numbers(0, 150));
    expect(publisher.metrics.value('outbox_bytes')).toBeLessThan(2_000);
    mesh.network.resume(slow.node.id);
    await mesh.clock.advance(1_000);
    expect(slow.seen.slice(-5)).toEqual(numbers(146, 150));
    const missed = slow.gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0);
    expect(missed).toBe(151 - slow.seen.length);
    expect(publisher.metrics.value('dropped', 'overflow')).toBe(missed);
    expect(slow.node.metrics.value('missed')).toBe(missed);
    expect(fast.gaps).toEqual([]);
  });

  it('stops waiting for a subscriber that takes nothing at all, until it reads again', async () => {
    const [dead, alive] = [await reader(), await reader()];
    const publisher = await publisherFor(dead, alive);
    mesh.network.pause(dead.node.id);
    const publishing = (async () => {
      for (const number of numbers(1, 150)) {
        await publisher.pubsub.publish('a', event(number));
        // What is counted is the wait for the subscriber, not the alive one's link.
        if (number % 5 === 0) await new Promise<void>((go) => mesh.clock.setTimer(go, 2));
      }
    })();
    await mesh.clock.complete(publishing, { limitMs: 7_000 });
    await mesh.clock.advance(100);
    expect(alive.seen).toEqual(numbers(0, 150));
    expect(publisher.metrics.value('dropped', 'slow')).toBeGreaterThan(80);
    expect(publisher.metrics.value('outbox_bytes')).toBeLessThan(2_000);
    mesh.network.resume(dead.node.id);
    await mesh.clock.advance(1_000);
    expect(dead.gaps.length).toBeGreaterThan(0);
    const before = dead.seen.length;
    for (const number of numbers(151, 250)) {
      await mesh.clock.complete(publisher.pubsub.publish('a', event(number)));
    }
    await mesh.clock.advance(1_000);
    expect(dead.seen.slice(before)).toEqual(numbers(151, 250));
  });

  it('lets acknowledged events wait for a handler that takes its time, however many there are', async () => {
    const node = await mesh.node();
    const seen: number[] = [];
    await node.pubsub.subscribe('a', async ({ args }) => {
      await new Promise<void>((resolve) => node.links.clock.setTimer(resolve, 400));
      seen.push(args[0] as number);
    });
    const publisher = await mesh.node({
      unacknowledgedEvents: 3,
      slowAcknowledgementLimitMs: 1_000,
    });
    await mesh.settle();
    // Three times as long in all as none may be acknowledged at all.
    const publishing = numbers(1, 10).map((n) =>
      publisher.pubsub.publish('a', event(n), { qos: 1 }),
    );
    await mesh.clock.complete(Promise.all(publishing));
    expect(seen).toEqual(numbers(1, 10));
  });

  it('refuses acknowledged events for a subscriber that takes nothing, and says so', async () => {
    const dead = await reader();
    const publisher = await mesh.node({
      unacknowledgedEvents: 3,
      slowAcknowledgementLimitMs: 1_000,
    });
    await mesh.settle();
    await mesh.clock.complete(publisher.pubsub.publish('a', event(0), { qos: 1 }));
    mesh.network.pause(dead.node.id);
    const kept = numbers(1, 3).map((n) => publisher.pubsub.publish('a', event(n), { qos: 1 }));
    const refused = publisher.pubsub.publish('a', event(4), { qos: 1 });
    const error = await mesh.clock.complete(refused.catch((reason: unknown) => reason));
    expect(error).toBeInstanceOf(UndeliveredError);
    expect((error as UndeliveredError).undelivered).toEqual([
      { node: dead.node.id, reason: 'slow' },
    ]);
    mesh.network.resume(dead.node.id);
    await mesh.clock.complete(Promise.all(kept));
    await mesh.clock.complete(publisher.pubsub.publish('a', event(5), { qos: 1 }));
    expect(dead.seen).toEqual([0, 1, 2, 3, 5]);
    expect(dead.gaps).toMatchObject([{ from: 5, to: 5 }]);
  });

  it('bounds how many publications wait, and for how long', async () => {
    const dead = await reader();
    const publisher = await mesh.node({ outboxEvents: 1, maxWaiting: 2 });
    await mesh.settle();
    await mesh.clock.complete(publisher.pubsub.publish('a', event(0)));
    mesh.network.pause(dead.node.id);
    const { pubsub } = publisher;
    await mesh.clock.advance(10);
    // Fill the link and the outbox.
    let full = false;
    for (let i = 1; !full && i < 100; i++) {
      full = true;
      const filling = pubsub.publish('a', event(i), { timeout: 10 });
      await mesh.clock.complete(filling.then(() => (full = false)).catch(() => undefined));
    }
    const controller = new AbortController();
    const late = pubsub.publish('a', event(1), { timeout: 100 });
    const aborted = pubsub.publish('a', event(2), { signal: controller.signal });
    await expect(pubsub.publish('a', event(3))).rejects.toThrow(LimitExceededError);
    controller.abort();
    await expect(aborted).rejects.toThrow(AbortedError);
    await expect(mesh.clock.complete(late)).rejects.toThrow(TimeoutError);
    mesh.network.resume(dead.node.id);
    await mesh.clock.advance(1_000);
    await mesh.clock.complete(pubsub.publish('a', event(4)));
    await mesh.clock.advance(1_000);
    expect(dead.seen.at(-1)).toBe(4);
    expect(dead.gaps).toEqual([]);
  });

  it('keeps the order of a topic where events wait in line', async () => {
    const slow = await reader();
    const publisher = await publisherFor(slow);
    mesh.network.pause(slow.node.id);
    const all = numbers(1, 200).map((number) =>
      publisher.pubsub.publish('a', event(number), number % 7 === 0 ? { qos: 1 } : undefined),
    );
    await mesh.clock.advance(1_000);
    mesh.network.resume(slow.node.id);
    await mesh.clock.complete(Promise.all(all));
    await mesh.clock.advance(1_000);
    expect(slow.seen).toEqual(numbers(0, 200));
  });

  it('lets the event loop turn while somebody publishes without end', async () => {
    const publisher = await mesh.node();
    await mesh.clock.complete(publisher.pubsub.publish('a', 1));
    let turns = 0;
    let running = true;
    let published = 0;
    const count = (): void => {
      turns++;
      if (turns < 20) mesh.clock.defer(count);
      else running = false;
    };
    mesh.clock.defer(count);
    const publishing = (async () => {
      while (running) {
        await publisher.pubsub.publish('a', 1);
        published++;
      }
    })();
    await mesh.clock.complete(publishing);
    expect(turns).toBe(20);
    expect(published).toBeGreaterThan(1_000);
    expect(published).toBeLessThan(20_000);
  });
});
