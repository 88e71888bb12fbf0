import { expect, it } from '@jest/globals';
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
