import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Mesh, type MeshNode } from '../test/mesh.ts';
import type { Gap, Resumed } from './index.ts';

let mesh: Mesh;

beforeEach(() => {
  mesh = new Mesh();
});

afterEach(async () => {
  await mesh.stop();
  expect(mesh.network.failures).toEqual([]);
  expect(mesh.pendingTimers).toBe(0);
});

interface News {
  readonly seen: unknown[];
  readonly gaps: Pick<Gap, 'from' | 'to'>[];
  readonly missed: Resumed['missed'][];
}

async function follow(node: MeshNode, pattern: string): Promise<News> {
  const news: News = { seen: [], gaps: [], missed: [] };
  await node.pubsub.subscribe(pattern, ({ payload }) => news.seen.push(payload), {
    onGap: ({ from, to }) => news.gaps.push({ from, to }),
    onResumed: ({ missed }) => news.missed.push(missed),
  });
  return news;
}

const longerThanSilence = 8_000;

describe('a subscription', () => {
  it('goes on over a new link, and is told that nothing was missed', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const news = await follow(subscriber!, 'a');
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1));
    await mesh.settle();
    await mesh.clock.complete(publisher!.links.get(subscriber!.id)!.close());
    await mesh.clock.advance(1_000);
    // The publisher has come back by itself.
    expect(news.missed).toEqual([0]);
    await publisher!.pubsub.publish('a', 2);
    await mesh.settle();
    expect(news).toEqual({ seen: [1, 2], gaps: [], missed: [0] });
  });

  it('is told which events a broken link has lost', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const news = await follow(subscriber!, '*');
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1));
    await mesh.settle();
    mesh.network.partition(publisher!.id, subscriber!.id);
    for (const value of [2, 3]) await publisher!.pubsub.publish('a', value);
    await mesh.clock.advance(longerThanSilence);
    // The link is known to be gone: this one waits for the next.
    await publisher!.pubsub.publish('a', 4);
    mesh.network.heal();
    await mesh.clock.advance(60_000);
    expect(news).toEqual({ seen: [1, 4], gaps: [{ from: 2, to: 3 }], missed: [2] });
  });

  it('is told at once, without waiting for the next event', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const news = await follow(subscriber!, 'a');
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1));
    await mesh.settle();
    mesh.network.partition(publisher!.id, subscriber!.id);
    await publisher!.pubsub.publish('a', 2);
    await mesh.clock.advance(longerThanSilence);
    mesh.network.heal();
    await mesh.clock.advance(60_000);
    expect(news).toEqual({ seen: [1], gaps: [{ from: 2, to: 2 }], missed: [1] });
  });

  it('goes on when its publisher has been started again, which cannot tell what was missed', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const news = await follow(subscriber!, 'a');
    await mesh.settle();
    for (const value of [1, 2]) await mesh.clock.complete(publisher!.pubsub.publish('a', value));
    await mesh.settle();
    mesh.network.crash(publisher!.id);
    await publisher!.pubsub.stop();
    const again = await mesh.node({ links: mesh.network.restart(publisher!.id) });
    await mesh.clock.complete(again.pubsub.publish('a', 3));
    await mesh.settle();
    expect(news).toEqual({ seen: [1, 2, 3], gaps: [], missed: [undefined] });
  });

  it('of a node that was started again gets what comes from then on, or learns that it is lost', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    await follow(subscriber!, 'a');
    await mesh.settle();
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1));
    await mesh.settle();
    mesh.network.crash(subscriber!.id);
    mesh.directory.forget(subscriber!.id);
    await subscriber!.pubsub.stop();
    const again = await mesh.node({ links: mesh.network.restart(subscriber!.id) });
    const news = await follow(again, 'a');
    await mesh.settle();
    await publisher!.pubsub.publish('a', 2);
    await mesh.clock.advance(10_000);
    await publisher!.pubsub.publish('a', 3);
    await mesh.settle();
    // The link to its former life has taken the first one, as far as the publisher can tell.
    expect(news).toEqual({ seen: [3], gaps: [{ from: 2, to: 2 }], missed: [] });
  });

  it('is reached even where its node could not be dialled at first', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const news = await follow(subscriber!, 'a');
    await mesh.settle();
    mesh.network.partition(publisher!.id, subscriber!.id);
    await mesh.clock.complete(publisher!.pubsub.publish('a', 1));
    await mesh.clock.advance(20_000);
    mesh.network.heal();
    await mesh.clock.advance(60_000);
    expect(news).toEqual({ seen: [1], gaps: [], missed: [] });
  });

  it('is served over a link that its own node has dialled', async () => {
    const publisher = await mesh.node();
    const subscriber = await mesh.node({ links: mesh.network.node({ addresses: [] }) });
    const news = await follow(subscriber, 'a');
    await mesh.settle();
    void publisher.pubsub.publish('a', 1);
    await mesh.clock.advance(1_000);
    expect(news.seen).toEqual([]);
    await mesh.clock.complete(subscriber.links.link(publisher.id));
    await mesh.settle();
    expect(news.seen).toEqual([1]);
  });
});

describe('topics', () => {
  it('that are not used for long are released, with all that was held for them', async () => {
    const publisher = await mesh.node({ topicIdleMs: 1_000 });
    const subscriber = await mesh.node();
    const news = await follow(subscriber, '**');
    await mesh.settle();
    await mesh.clock.complete(publisher.pubsub.publish('a', 1));
    await mesh.clock.complete(publisher.pubsub.publish('kept', 1, { retain: true }));
    await mesh.clock.advance(2_500);
    expect(publisher.links.pinned).toHaveLength(1);
    await mesh.clock.complete(publisher.pubsub.publish('kept', undefined, { retain: true }));
    await mesh.clock.advance(2_500);
    expect(publisher.links.pinned).toHaveLength(0);
    await mesh.clock.complete(publisher.pubsub.publish('b', 2));
    await mesh.clock.complete(publisher.pubsub.publish('a', 3));
    await mesh.settle();
    expect(news).toEqual({ seen: [1, 1, undefined, 2, 3], gaps: [], missed: [] });
  });

  it('give way to new ones at the limit, and their aliases are used again', async () => {
    const publisher = await mesh.node({ maxTopics: 3 });
    const subscriber = await mesh.node();
    const news = await follow(subscriber, '**');
    await mesh.settle();
    for (const [value, topic] of ['a', 'b', 'c', 'd', 'e', 'a', 'b', 'f', 'a'].entries()) {
      await mesh.clock.complete(publisher.pubsub.publish(topic, value));
      await mesh.settle();
    }
    expect(news).toEqual({ seen: [0, 1, 2, 3, 4, 5, 6, 7, 8], gaps: [], missed: [] });
  });

  it('that all hold something back refuse new ones', async () => {
    const publisher = await mesh.node({ maxTopics: 2 });
    for (const topic of ['a', 'b']) {
      await mesh.clock.complete(publisher.pubsub.publish(topic, 1, { retain: true }));
    }
    await expect(publisher.pubsub.publish('c', 1)).rejects.toThrow('raise maxTopics');
  });

  it('of publishers are forgotten by subscribers at the limit, and asked for when they go on', async () => {
    const publisher = await mesh.node();
    const subscriber = await mesh.node({ maxIncomingTopics: 2 });
    const news = await follow(subscriber, '**');
    await mesh.settle();
    for (const topic of ['a', 'b', 'c']) {
      await mesh.clock.complete(publisher.pubsub.publish(topic, `${topic}1`, { qos: 1 }));
    }
    // `a` is not known any more: asking for it brings it again.
    await mesh.clock.complete(publisher.pubsub.publish('a', 'a2', { qos: 1 }));
    await mesh.clock.complete(publisher.pubsub.publish('a', 'a3', { qos: 1 }));
    expect(news.seen).toEqual(['a1', 'b1', 'c1', 'a2', 'a3']);
    expect(subscriber.metrics.value('dropped', 'unknown_alias')).toBe(1);
  });
});
