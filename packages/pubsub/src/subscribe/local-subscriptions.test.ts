import { expect, it } from '@jest/globals';
import { Mesh } from '../../test/mesh.ts';
import { createPubSub } from '../index.ts';

it('leaves nothing of a subscription that the directory does not take', async () => {
  const mesh = new Mesh();
  const links = mesh.network.node();
  const directory = mesh.directory.of(links.self);
  let hasRoom = false;
  const pubsub = createPubSub(
    {
      ...{ links, clock: links.clock, random: mesh.random },
      directory: {
        ...directory,
        announce: (...given) => {
          if (!hasRoom) throw new Error('no room');
          return directory.announce(...given);
        },
      },
    },
    { realm: 'org.example', maxSubscriptions: 1 },
  );
  await pubsub.start();
  const seen: unknown[] = [];
  const subscribe = () => pubsub.subscribe('a', ({ payload }) => seen.push(payload));
  await expect(subscribe()).rejects.toThrow('no room');
  await mesh.clock.complete(pubsub.publish('a', 1, { excludeSelf: false }));
  expect(seen).toEqual([]);
  hasRoom = true;
  await subscribe();
  await mesh.clock.complete(pubsub.publish('a', 2, { excludeSelf: false }));
  expect(seen).toEqual([2]);
  await pubsub.stop();
  await mesh.stop();
});
