import { expect, it } from '@jest/globals';
import { LimitExceededError } from '@macula/core';
import { errorOf } from '../test/mesh.ts';
import { Pair } from '../test/pair.ts';

it('a link without room for a further stream is no failure of the callee', async () => {
  const mesh = await Pair.start();
  await mesh.serve(() => undefined);
  await mesh.offer('echo', () => 'fine');
  const link = await mesh.clock.complete(mesh.caller.links.link(mesh.callee.links.self));
  const openStream = link.openStream.bind(link);
  link.openStream = () => {
    throw new LimitExceededError('the peer allows no further stream on this link');
  };
  for (let i = 0; i < 10; i++) {
    expect(await errorOf(mesh.open('talk'))).toBeInstanceOf(LimitExceededError);
  }
  // Its circuit is closed still: calls pass, and streams as soon as there is room.
  expect(await mesh.call('echo')).toBe('fine');
  link.openStream = openStream;
  const stream = await mesh.open('talk');
  expect(await mesh.clock.complete(stream.result)).toBeUndefined();
  await mesh.stop();
});
