import { afterEach, describe, expect, it } from '@jest/globals';
import { errorOf, Mesh } from '../test/mesh.ts';

describe('calls that wait', () => {
  let mesh: Mesh;

  afterEach(() => mesh.stop());

  describe('for the directory', () => {
    it('are bounded in number, and make room for others once it has answered', async () => {
      mesh = new Mesh({ directoryDelayMs: 100 });
      const caller = await mesh.node({ maxWaitingPerCallee: 3 });
      const callee = await mesh.node();
      await mesh.clock.complete(callee.rpc.register('echo', ([value]) => value));
      await mesh.clock.advance(500);
      const call = (value: number): Promise<unknown> => caller.rpc.call('echo', [value]);
      const answers = mesh.clock.complete(Promise.all([1, 2, 3].map(call)));
      expect(await errorOf(call(4))).toMatchObject({ code: 'macula.limit_exceeded' });
      expect(await answers).toEqual([1, 2, 3]);
      expect(await mesh.clock.complete(Promise.all([5, 6, 7].map(call)))).toEqual([5, 6, 7]);
    });

    it('take their arguments as they were', async () => {
      mesh = new Mesh({ directoryDelayMs: 100 });
      const caller = await mesh.node();
      const callee = await mesh.node();
      await mesh.clock.complete(callee.rpc.register('echo', (args) => args));
      await mesh.clock.advance(500);
      const list = [1];
      const answer = caller.rpc.call('echo', list);
      list.push(2);
      expect(await mesh.clock.complete(answer)).toEqual([1]);
    });
  });

  it('for a second callee take their arguments as they were', async () => {
    mesh = new Mesh();
    const caller = await mesh.node();
    const options = { invoke: 'first', concurrency: 1 } as const;
    const stuck = (): Promise<never> => new Promise(() => undefined);
    for (const handler of [stuck, (args: readonly unknown[]) => args]) {
      const { rpc } = await mesh.node();
      await mesh.clock.complete(rpc.register('echo', handler, options));
      await mesh.settle();
    }
    const first = errorOf(caller.rpc.call('echo', [], { timeout: 500 }));
    await mesh.clock.advance(20);
    const list = [1];
    const answer = caller.rpc.call('echo', list);
    list.push(2);
    expect(await mesh.clock.complete(answer)).toEqual([1]);
    await mesh.clock.complete(first);
  });

  it('for a link and are given up make room for others', async () => {
    mesh = new Mesh({ latencyMs: 50 });
    const caller = await mesh.node({ maxWaitingPerCallee: 2 });
    const callee = await mesh.node();
    await mesh.clock.complete(callee.rpc.register('echo', ([value]) => value));
    await mesh.settle();
    caller.rpc.offersOf('echo');
    await mesh.settle();
    const given = new AbortController();
    const call = (value: number, signal?: AbortSignal): Promise<unknown> =>
      caller.rpc.call('echo', [value], signal && { signal });
    const abandoned = [1, 2].map((value) => errorOf(call(value, given.signal)));
    expect(await errorOf(call(3))).toMatchObject({ code: 'macula.limit_exceeded' });
    given.abort();
    await Promise.all(abandoned);
    const answers = [4, 5].map((value) => call(value));
    expect(await mesh.clock.complete(Promise.all(answers))).toEqual([4, 5]);
  });
});
