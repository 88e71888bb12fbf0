import { getEventListeners } from 'node:events';
import { expect, it } from '@jest/globals';
import { Mesh } from '../test/mesh.ts';

/** Listeners of a signal, and signals that were made to depend on it, which the engine remembers without end. */
function followersOf(signal: AbortSignal): number {
  const own = Reflect.ownKeys(signal).map((name): unknown => Reflect.get(signal, name));
  const sets = own.filter((value) => Object.prototype.toString.call(value) === '[object Set]');
  const dependants = sets.reduce<number>((sum, set) => sum + (set as Set<unknown>).size, 0);
  return dependants + getEventListeners(signal, 'abort').length;
}

it('a signal that outlives many streams remembers none of them', async () => {
  const mesh = new Mesh();
  const [caller, callee] = [await mesh.node(), await mesh.node()];
  await mesh.clock.complete(callee.rpc.registerStream('talk', () => undefined));
  await mesh.settle();
  const { signal } = new AbortController();
  const before = followersOf(signal);
  for (let i = 0; i < 20; i++) {
    const stream = await mesh.clock.complete(caller.rpc.openStream('talk', i, { signal }));
    await mesh.clock.complete(stream.result);
  }
  expect(followersOf(signal)).toBe(before);
  await mesh.stop();
});
