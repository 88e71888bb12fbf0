import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AbortedError, NotRunningError, TimeoutError } from '@macula/core';
import { errorOf, Mesh, type MeshNode } from '../test/mesh.ts';
import { CallTimeoutError, type CallContext, ErrorUri, OverloadedError } from './index.ts';

describe('calls that are not waited for', () => {
  let mesh: Mesh;
  let caller: MeshNode;
  let callee: MeshNode;

  beforeEach(async () => {
    mesh = new Mesh();
    caller = await mesh.node();
    callee = await mesh.node();
  });

  afterEach(() => mesh.stop());

  /** Calls and lets time pass until the call settles. */
  function call(...args: Parameters<MeshNode['rpc']['call']>): Promise<unknown> {
    return mesh.clock.complete(caller.rpc.call(...args));
  }

  describe('with a deadline', () => {
    it('give up at the deadline, and tell the handler', async () => {
      let reason: unknown;
      let remaining = 0;
      await callee.rpc.register('sleep', (_args, context) => {
        remaining = context.remaining();
        return new Promise((resolve) => {
          context.signal.addEventListener('abort', () => {
            reason = context.signal.reason;
            resolve('too late');
          });
        });
      });
      await mesh.settle();
      const before = mesh.clock.now();
      const error = await errorOf(call('sleep', [], { timeout: 200 }));
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error).toBeInstanceOf(CallTimeoutError);
      expect(error).toMatchObject({ code: 'macula.timeout', uri: ErrorUri.timeout });
      expect(mesh.clock.now() - before).toBe(200);
      await mesh.clock.advance(20);
      expect(reason).toBeInstanceOf(Error);
      expect(remaining).toBe(198); // the link took 2 ms to open
      expect(caller.metrics.value('macula_rpc_calls_total timeout')).toBe(1);
    });

    it('end at the callee even when the caller cannot say so', async () => {
      let context: CallContext | undefined;
      await callee.rpc.register('sleep', (_args, given) => {
        context = given;
        return new Promise(() => undefined);
      });
      await mesh.settle();
      await call('echo').catch(() => undefined);
      const pending = errorOf(caller.rpc.call('sleep', [], { timeout: 200 }));
      await mesh.clock.advance(100);
      mesh.network.partition(caller.links.self, callee.links.self);
      expect(await mesh.clock.complete(pending)).toBeInstanceOf(CallTimeoutError);
      await mesh.clock.advance(20);
      expect(context?.signal.reason).toBeInstanceOf(CallTimeoutError);
      mesh.network.heal();
    });

    it('use the default when none is given', async () => {
      await callee.rpc.register('sleep', () => new Promise(() => undefined));
      await mesh.settle();
      const before = mesh.clock.now();
      expect(await errorOf(call('sleep'))).toBeInstanceOf(CallTimeoutError);
      expect(mesh.clock.now() - before).toBe(30_000);
    });
  });

  describe('that are aborted', () => {
    it('reject at once and stop the handler, which answers nobody', async () => {
      let reason: unknown;
      await callee.rpc.register('sleep', (_args, context) => {
        return new Promise((_resolve, reject) => {
          context.signal.addEventListener('abort', () => {
            reason = context.signal.reason;
            reject(new Error('stopped'));
          });
        });
      });
      await mesh.settle();
      const controller = new AbortController();
      const pending = errorOf(caller.rpc.call('sleep', [], { signal: controller.signal }));
      await mesh.clock.advance(50);
      controller.abort(new Error('changed my mind'));
      const error = await pending;
      expect(error).toBeInstanceOf(AbortedError);
      expect(error.cause).toMatchObject({ message: 'changed my mind' });
      await mesh.clock.advance(10);
      expect(reason).toBeInstanceOf(AbortedError);
      expect(callee.metrics.value('macula_rpc_invocations_total canceled')).toBe(1);
      expect(callee.metrics.value('macula_rpc_invocations_running')).toBe(0);
    });

    it('tell a handler that has no signal made, also one that asks late', async () => {
      const heard: Error[] = [];
      let context: CallContext | undefined;
      await callee.rpc.register('sleep', (_args, given) => {
        context = given;
        given.onAbort((reason) => heard.push(reason));
        return new Promise(() => undefined);
      });
      await mesh.settle();
      const controller = new AbortController();
      const pending = errorOf(caller.rpc.call('sleep', [], { signal: controller.signal }));
      await mesh.clock.advance(50);
      expect(heard).toEqual([]);
      controller.abort();
      await pending;
      await mesh.clock.advance(10);
      expect(heard).toEqual([expect.any(AbortedError)]);
      context?.onAbort((reason) => heard.push(reason));
      expect(heard[1]).toBe(heard[0]);
      expect(context?.signal.reason).toBe(heard[0]);
    });

    it('do not tell a handler that has answered', async () => {
      const heard: Error[] = [];
      await callee.rpc.register('answer', async (_args, context) => {
        context.onAbort((reason) => heard.push(reason));
        await Promise.resolve();
        return 'done';
      });
      await mesh.settle();
      expect(await call('answer', [], { timeout: 200 })).toBe('done');
      await mesh.clock.advance(500);
      await callee.rpc.stop();
      expect(heard).toEqual([]);
    });

    it('are not made when the signal has fired before', async () => {
      let calls = 0;
      await callee.rpc.register('count', () => ++calls);
      await mesh.settle();
      const signal = AbortSignal.abort('no');
      expect(await errorOf(call('count', [], { signal }))).toBeInstanceOf(AbortedError);
      expect(calls).toBe(0);
    });

    it('leave no listener on a signal that outlives them', async () => {
      await callee.rpc.register('echo', (args) => args);
      await mesh.settle();
      const controller = new AbortController();
      let listeners = 0;
      const { signal } = controller;
      const add = signal.addEventListener.bind(signal) as (...args: unknown[]) => void;
      const remove = signal.removeEventListener.bind(signal) as (...args: unknown[]) => void;
      signal.addEventListener = (...args: unknown[]) => {
        listeners++;
        add(...args);
      };
      signal.removeEventListener = (...args: unknown[]) => {
        listeners--;
        remove(...args);
      };
      await call('echo', [1], { signal });
      expect(listeners).toBe(0);
    });

    it('keep a handler that goes on from being counted as gone', async () => {
      let release = (): void => undefined;
      await callee.rpc.register(
        'stubborn',
        () =>
          new Promise<void>((resolve) => {
            release = resolve;
          }),
        { concurrency: 1 },
      );
      await mesh.settle();
      const controller = new AbortController();
      const first = errorOf(caller.rpc.call('stubborn', [], { signal: controller.signal }));
      await mesh.clock.advance(10);
      controller.abort();
      await first;
      await mesh.clock.advance(10);
      expect(await errorOf(call('stubborn'))).toBeInstanceOf(OverloadedError);
      release();
      await mesh.clock.advance(10);
      const third = caller.rpc.call('stubborn');
      await mesh.clock.advance(10);
      release();
      expect(await mesh.clock.complete(third)).toBeUndefined();
    });
  });

  describe('around start and stop', () => {
    it('pin the links that they use, on both sides, until these have nothing to do', async () => {
      let release = (): void => undefined;
      await callee.rpc.register(
        'wait',
        () =>
          new Promise<void>((resolve) => {
            release = resolve;
          }),
      );
      await mesh.settle();
      const pinned = (): number => caller.links.pinned.length + callee.links.pinned.length;
      const pending = caller.rpc.call('wait', [], { timeout: 120_000 });
      await mesh.clock.advance(100_000);
      expect(pinned()).toBe(2);
      release();
      await mesh.clock.complete(pending);
      await mesh.clock.advance(40_000);
      expect(pinned()).toBe(0);
    });

    it('need start()', async () => {
      await caller.rpc.stop();
      expect(await errorOf(caller.rpc.call('a'))).toBeInstanceOf(NotRunningError);
      expect(await errorOf(caller.rpc.register('a', () => 1))).toBeInstanceOf(NotRunningError);
      expect(await errorOf(caller.rpc.openStream('a'))).toBeInstanceOf(NotRunningError);
      expect(await errorOf(caller.rpc.start())).toBeInstanceOf(NotRunningError);
    });

    it('fail at the caller when it stops, and reach the handler', async () => {
      let stopped = false;
      await callee.rpc.register('sleep', (_args, context) => {
        context.signal.addEventListener('abort', () => {
          stopped = true;
        });
        return new Promise(() => undefined);
      });
      await mesh.settle();
      const pending = errorOf(caller.rpc.call('sleep'));
      await mesh.clock.advance(10);
      await caller.rpc.stop();
      expect(await pending).toBeInstanceOf(NotRunningError);
      await mesh.clock.advance(10);
      expect(stopped).toBe(true);
    });

    it('fail with "canceled" when the callee stops', async () => {
      await callee.rpc.register('sleep', () => new Promise(() => undefined));
      await mesh.settle();
      const pending = errorOf(caller.rpc.call('sleep'));
      await mesh.clock.advance(10);
      await callee.rpc.stop();
      expect(await mesh.clock.complete(pending)).toMatchObject({ uri: ErrorUri.canceled });
    });
  });
});
