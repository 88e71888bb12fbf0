import { expect, it } from '@jest/globals';
import { LimitExceededError } from '@macula/core';
import { errorOf, Mesh } from '../test/mesh.ts';

it('a link without room for a further stream is no failure of the callee', async () => {
  const mesh = new Mesh();
  const caller = await mesh.node();
  const callee = await mesh.node();
  await mesh.clock.complete(callee.rpc.registerStream('talk', () => undefined));
  await mesh.clock.complete(callee.rpc.register('echo', () => 'fine'));
  await mesh.settle();
  const link = await mesh.clock.complete(caller.links.link(callee.links.self));
  const openStream = link.openStream.bind(link);
  link.openStream = () => {
    throw new LimitExceededError('the peer allows no further stream on this link');
  };
  for (let i = 0; i < 10; i++) {
    const opening = caller.rpc.openStream('talk');
    expect(await errorOf(mesh.clock.complete(opening))).toBeInstanceOf(LimitExceededError);
  }
  // Its circuit is closed still: calls pass, and streams as soon as there is room.
  expect(await mesh.clock.complete(caller.rpc.call('echo'))).toBe('fine');
  link.openStream = openStream;
  const stream = await mesh.clock.complete(caller.rpc.openStream('talk'));
  expect(await mesh.clock.complete(stream.result)).toBeUndefined();
  await mesh.stop();
});
