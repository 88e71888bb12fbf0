import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LimitExceededError } from '@macula/core';
import { Mesh, type MeshNode } from '../test/mesh.ts';
import type { TopicEvent } from './index.ts';

let mesh: Mesh;

beforeEach(() => {
  mesh = new Mesh();
});

afterEach(async () => {
  await mesh.stop();
  expect(mesh.network.failures).toEqual([]);
  expect(mesh.pendingTimers).toBe(0);
});

const retain = true;

/** Subscribes and collects `value` or, for retained events, `[value]`. */
async function collect(node: MeshNode, pattern: string, getRetained = true): Promise<unknown[]> {
  const seen: unknown[] = [];
  const handler = ({ retained, payload }: TopicEvent): unknown =>
    seen.push(retained ? [payload] : payload);
  await node.pubsub.subscribe(pattern, handler, { getRetained });
  return seen;
}

describe('retained values', () => {
  it('reach a later subscriber once, before all later events', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    for (const value of [1, 2]) {
      await mesh.clock.complete(publisher!.pubsub.publish('a', value, { retain }));
    }
    await publisher!.pubsub.publish('a', 3);
    const seen = await collect(subscriber!, '**');
    await mesh.settle();
    expect(seen).toEqual([[2]]);
    await publisher!.pubsub.publish('a', 4);
    await publisher!.pubsub.publish('a', 5, { retain });
    await mesh.settle();
    expect(seen).toEqual([[2], 4, 5]);
  });

  it('go to those subscriptions only that ask for them', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1, { retain }));
    const without = await collect(subscriber!, 'a', false);
    const asked = await collect(subscriber!, '*');
    await mesh.settle();
    const later = await collect(subscriber!, 'a');
    await publisher!.pubsub.publish('a', 2);
    await mesh.settle();
    expect(without).toEqual([2]);
    expect(asked).toEqual([[1], 2]);
    // The node has it already: the publisher is not asked again.
    expect(later).toEqual([[1], 2]);
    expect(publisher!.metrics.value('sent')).toBe(1);
  });

  it('are also what a subscriber has seen arrive, for its further subscriptions', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const first = await collect(subscriber!, 'a');
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1, { retain }));
    await mesh.settle();
    const second = await collect(subscriber!, 'a');
    expect(first).toEqual([1]);
    expect(second).toEqual([[1]]);
  });

  it('are cleared by an undefined value', async () => {
    const [publisher, early, late] = await mesh.nodesOf(3);
    const seen = await collect(early!, 'a');
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1, { retain }));
    await publisher!.pubsub.publish('a', undefined, { retain });
    await mesh.settle();
    const nothing = await collect(late!, 'a');
    const nothingHere = await collect(early!, 'a');
    await mesh.settle();
    expect(seen).toEqual([1, undefined]);
    expect(nothing).toEqual([]);
    expect(nothingHere).toEqual([]);
  });

  it('are not delivered when they have expired', async () => {
    const [publisher, early, late] = await mesh.nodesOf(3, { topicIdleMs: 500 });
    await collect(early!, 'a');
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1, { retain, expiry: 100 }));
    await mesh.clock.advance(150);
    const nothing = await collect(late!, 'a');
    const nothingHere = await collect(early!, 'a');
    await mesh.clock.advance(2_000);
    expect(nothing).toEqual([]);
    expect(nothingHere).toEqual([]);
  });

  it('respect whom they were meant for', async () => {
    const [publisher, excluded, other] = await mesh.nodesOf(3);
    await mesh.clock.complete(
      publisher!.pubsub.publish('a', 1, { retain, exclude: [excluded!.id] }),
    );
    const nothing = await collect(excluded!, 'a');
    const something = await collect(other!, 'a');
    await mesh.settle();
    expect(nothing).toEqual([]);
    expect(something).toEqual([[1]]);
  });

  it('are delivered anew after everybody here had unsubscribed, but never twice', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1, { retain }));
    const subscription = await subscriber!.pubsub.subscribe('a', () => undefined);
    await mesh.settle();
    await subscription.unsubscribe();
    // Fast enough that the publisher sees the new announcement before the old one is gone.
    const quick = await collect(subscriber!, 'a');
    await mesh.settle();
    expect(quick).toEqual([[1]]);
    await publisher!.pubsub.publish('a', 2);
    await mesh.settle();
    expect(quick).toEqual([[1], 2]);
  });

  it('catch up with a subscriber that was away', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const seen = await collect(subscriber!, 'a');
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1, { retain }));
    await mesh.settle();
    mesh.network.partition(publisher!.id, subscriber!.id);
    // The link takes this one, and loses it.
    await publisher!.pubsub.publish('a', 2, { retain });
    await mesh.clock.advance(7_000);
    mesh.network.heal();
    await mesh.clock.advance(5_000);
    expect(seen).toEqual([1, [2]]);
  });

  it('of this node reach its own subscriptions where it does not exclude itself', async () => {
    const node = await mesh.node();
    await mesh.clock.complete(node.pubsub.publish('a', 1, { retain, excludeSelf: false }));
    await mesh.clock.complete(node.pubsub.publish('b', 2, { retain }));
    expect(await collect(node, '**')).toEqual([[1]]);
  });

  it('are bounded in number and bytes', async () => {
    const node = await mesh.node({ maxRetained: 2, maxRetainedBytes: 1_000 });
    const publish = (topic: string, value: unknown): Promise<void> =>
      mesh.clock.complete(node.pubsub.publish(topic, value, { retain }));
    await publish('a', 'x'.repeat(700));
    await expect(publish('b', 'x'.repeat(400))).rejects.toThrow(LimitExceededError);
    await publish('b', 1);
    await publish('b', 2);
    await expect(publish('c', 1)).rejects.toThrow(LimitExceededError);
    await publish('a', undefined);
    await publish('c', 'x'.repeat(800));
  });

  it('are kept by subscribers within bounds', async () => {
    const publisher = await mesh.node();
    const subscriber = await mesh.node({ maxRetained: 2 });
    await subscriber.pubsub.subscribe('**', () => undefined);
    await mesh.settle();
    for (const topic of ['a', 'b', 'c']) {
      await mesh.clock.complete(publisher.pubsub.publish(topic, topic, { retain }));
    }
    await mesh.settle();
    expect((await collect(subscriber, '**')).sort()).toEqual([['b'], ['c']]);
  });
});
