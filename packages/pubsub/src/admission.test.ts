import { expect, it } from '@jest/globals';
import { AbortedError, LimitExceededError, TimeoutError } from '@macula/core';
import { Mesh } from '../test/mesh.ts';

it('keeps events in order for every subscriber that were published before the subscribers were known', async () => {
  const mesh = new Mesh();
  const subscribers = await mesh.nodesOf(3);
  const seen = subscribers.map((): unknown[] => []);
  for (const [i, { pubsub }] of subscribers.entries()) {
    await pubsub.subscribe('a.b', ({ payload }) => seen[i]?.push(payload));
  }
  let tell: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (tell = resolve));
  const publisher = await mesh.node({ ready });
  // With links in place, an event leaves as it is admitted, and so makes room for the next one.
  await mesh.clock.complete(Promise.all(subscribers.map(({ id }) => publisher.links.link(id))));
  const options = { qos: 1 } as const;
  const published = [1, 2, 3, 4].map((n) => publisher.pubsub.publish('a.b', n, options));
  await mesh.settle();
  expect(seen).toEqual([[], [], []]);
  tell();
  await mesh.clock.complete(Promise.all(published));
  expect(seen).toEqual([1, 2, 3].map(() => [1, 2, 3, 4]));
  await mesh.stop();
  expect(mesh.network.failures).toEqual([]);
});

it('counts those only who wait still', async () => {
  const mesh = new Mesh();
  const node = await mesh.node({ ready: new Promise(() => undefined), maxWaiting: 3 });
  const outcomes: unknown[] = [];
  const publish = (options: { timeout?: number; signal?: AbortSignal }): void => {
    const end = node.pubsub.publish('a.b', 1, options);
    void end.catch((error: Error) => outcomes.push(error.constructor));
  };
  publish({ timeout: Infinity });
  const leaving = new AbortController();
  publish({ signal: leaving.signal });
  publish({ timeout: 100 });
  publish({});
  await mesh.clock.advance(200);
  leaving.abort();
  await mesh.clock.advance(1);
  expect(outcomes).toEqual([LimitExceededError, TimeoutError, AbortedError]);
  // Behind the one that still waits there is room for two again.
  for (let i = 0; i < 3; i++) publish({ timeout: Infinity });
  await mesh.clock.advance(1);
  expect(outcomes.slice(3)).toEqual([LimitExceededError]);
  await mesh.stop();
  await mesh.clock.advance(1);
  expect(outcomes).toHaveLength(7);
  expect(mesh.pendingTimers).toBe(0);
});
