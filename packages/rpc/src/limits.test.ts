import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { errorOf, Mesh } from '../test/mesh.ts';
import { createRpc, OverloadedError } from './index.ts';

describe('limits', () => {
  let mesh: Mesh;

  beforeEach(() => {
    mesh = new Mesh({ queueBytes: 4_096, windowBytes: 4_096, bandwidth: 200 });
  });

  afterEach(() => mesh.stop());

  it('let calls wait for a slow link, and complete them all', async () => {
    const caller = await mesh.node();
    const callee = await mesh.node();
    await callee.rpc.register('echo', (_args, { payload }) => payload);
    await mesh.settle();
    const data = new Uint8Array(500);
    const calls = Array.from({ length: 200 }, () => caller.rpc.call('echo', data));
    const answers = await mesh.clock.complete(Promise.all(calls));
    expect(answers).toEqual(Array.from({ length: 200 }, () => data));
  });

  it('refuse calls beyond the queue, and settle the others', async () => {
    const caller = await mesh.node({ maxWaitingPerCallee: 50 });
    const callee = await mesh.node();
    await callee.rpc.register('echo', (_args, { payload }) => payload);
    await mesh.settle();
    await mesh.clock.complete(caller.rpc.call('echo'));
    const data = new Uint8Array(500);
    const calls = Array.from({ length: 200 }, () => caller.rpc.call('echo', data));
    const settled = await mesh.clock.complete(Promise.allSettled(calls));
    const refused = settled.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(100);
    expect(refused.length).toBeLessThan(150);
    for (const { reason } of refused) expect(reason.code).toBe('macula.limit_exceeded');
    expect(caller.metrics.value('macula_rpc_calls_total limit_exceeded')).toBe(refused.length);
  });

  it('let calls wait for a slot when too many are in flight', async () => {
    const caller = await mesh.node({ maxCallsPerLink: 4 });
    const callee = await mesh.node();
    let running = 0;
    let most = 0;
    await callee.rpc.register('work', async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => {
        callee.links.clock.setTimer(resolve, 10);
      });
      running--;
    });
    await mesh.settle();
    const calls = Array.from({ length: 40 }, () => caller.rpc.call('work'));
    await mesh.clock.complete(Promise.all(calls));
    expect(most).toBe(4);
  });

  it('keep abandoned calls in their slots until the callee has let go of them', async () => {
    const caller = await mesh.node({ maxCallsPerLink: 4 });
    const callee = await mesh.node();
    await callee.rpc.register('sleep', () => new Promise(() => undefined));
    await callee.rpc.register('echo', (args) => args);
    await mesh.settle();
    await mesh.clock.complete(caller.rpc.call('echo', [0]));
    mesh.network.pause(callee.links.self);
    const sleeping = Array.from({ length: 4 }, () =>
      errorOf(caller.rpc.call('sleep', [], { timeout: 50 })),
    );
    await mesh.clock.complete(Promise.all(sleeping));
    const waiting = caller.rpc.call('echo', [1]);
    await mesh.clock.advance(100);
    mesh.network.resume(callee.links.self);
    expect(await mesh.clock.complete(waiting)).toEqual([1]);
  });

  it('slow a handler down to the pace of the link when it awaits its progress', async () => {
    const caller = await mesh.node();
    const callee = await mesh.node();
    let sent = 0;
    await callee.rpc.register('stream', async (_args, context) => {
      const data = new Uint8Array(1_000);
      for (let i = 0; i < 100; i++) {
        await context.progress(data);
        sent++;
      }
      return 'done';
    });
    await mesh.settle();
    let received = 0;
    const pending = caller.rpc.call('stream', [], { onProgress: () => received++ });
    let lead = 0;
    await mesh.clock.runUntil(() => {
      lead = Math.max(lead, sent - received);
      return received === 100;
    });
    expect(await mesh.clock.complete(pending)).toBe('done');
    expect(lead).toBeLessThan(15);
  });

  it('refuse progress that is not awaited beyond a limit', async () => {
    const caller = await mesh.node();
    const callee = await mesh.node();
    const errors: { code?: string }[] = [];
    await callee.rpc.register('stream', (_args, context) => {
      const data = new Uint8Array(1_000);
      for (let i = 0; i < 200; i++) {
        context.progress(data).catch((error: { code?: string }) => errors.push(error));
      }
      return 'done';
    });
    await mesh.settle();
    let received = 0;
    const pending = caller.rpc.call('stream', [], { onProgress: () => received++ });
    expect(await mesh.clock.complete(pending)).toBe('done');
    expect(received + errors.length).toBe(200);
    expect(errors.length).toBeGreaterThan(50);
    expect(errors[0]).toMatchObject({ code: 'macula.limit_exceeded' });
  });

  it('refuse more running calls of one caller than allowed', async () => {
    const caller = await mesh.node();
    const callee = await mesh.node({ maxInvocationsPerLink: 3 });
    await callee.rpc.register('sleep', () => new Promise(() => undefined));
    await mesh.settle();
    const calls = Array.from({ length: 5 }, () =>
      errorOf(caller.rpc.call('sleep', [], { timeout: 500 })),
    );
    const errors = await mesh.clock.complete(Promise.all(calls));
    expect(errors.filter((error) => error instanceof OverloadedError)).toHaveLength(2);
  });

  it('refuse calls whose arguments are more than the running ones of a caller may hold', async () => {
    const caller = await mesh.node();
    const callee = await mesh.node({ maxInvocationBytesPerLink: 3_000 });
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    await callee.rpc.register('keep', () => gate);
    await callee.rpc.register('length', ([data]) => (data as Uint8Array).length);
    await mesh.settle();
    const data = new Uint8Array(1_400);
    const running = [caller.rpc.call('keep', [data]), caller.rpc.call('keep', [data])];
    const refused = errorOf(caller.rpc.call('keep', [data]));
    expect(await mesh.clock.complete(refused)).toBeInstanceOf(OverloadedError);
    release();
    await mesh.clock.complete(Promise.all(running));
    // A single one may hold more, and what is answered in the same turn holds nothing.
    const large = [new Uint8Array(4_000)];
    expect(await mesh.clock.complete(caller.rpc.call('keep', large))).toBeUndefined();
    const many = Array.from({ length: 20 }, () => caller.rpc.call('length', large));
    expect(await mesh.clock.complete(Promise.all(many))).toEqual(many.map(() => 4_000));
  });

  it('are checked when the rpc is made', async () => {
    const node = await mesh.node();
    const dependencies = {
      links: node.links,
      directory: mesh.directory.node(node.links.self),
      clock: mesh.clock,
      random: mesh.network.node().clock as never,
    };
    expect(() => createRpc(dependencies, { realm: 'test', maxCallsPerLink: 0 })).toThrow(
      'maxCallsPerLink must be a positive number, got 0',
    );
    expect(() => createRpc(dependencies, { realm: 'test', maxProcedures: 1.5 })).toThrow();
    expect(() => createRpc(dependencies, { realm: 'Not A Realm' })).toThrow();
  });
});
