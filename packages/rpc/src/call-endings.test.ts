import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AbortedError, NotRunningError, TimeoutError } from '@macula/core';
import { errorOf } from '../test/mesh.ts';
import { Pair } from '../test/pair.ts';
import { CallTimeoutError, type CallContext, ErrorUri, OverloadedError } from './index.ts';

describe('calls that are not waited for', () => {
  let mesh: Pair;

  beforeEach(async () => {
    mesh = await Pair.start();
  });

  afterEach(() => mesh.stop());

  describe('with a deadline', () => {
    it('give up at the deadline, and tell the handler', async () => {
      let reason: unknown;
      let remaining = 0;
      await mesh.offer('sleep', (_args, context) => {
        remaining = context.remaining();
        return new Promise((resolve) => {
          context.signal.addEventListener('abort', () => {
            reason = context.signal.reason;
            resolve('too late');
          });
        });
      });
      const before = mesh.clock.now();
      const error = await errorOf(mesh.call('sleep', [], { timeout: 200 }));
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error).toBeInstanceOf(CallTimeoutError);
      expect(error).toMatchObject({ code: 'macula.timeout', uri: ErrorUri.timeout });
      expect(mesh.clock.now() - before).toBe(200);
      await mesh.clock.advance(20);
      expect(reason).toBeInstanceOf(Error);
      expect(remaining).toBe(198); // the link took 2 ms to open
      expect(mesh.caller.metrics.value('macula_rpc_calls_total timeout')).toBe(1);
    });

    it('end at the callee even when the caller cannot say so', async () => {
      let context: CallContext | undefined;
      await mesh.offer('sleep', (_args, given) => {
        context = given;
        return new Promise(() => undefined);
      });
      await mesh.call('echo').catch(() => undefined);
      const pending = errorOf(mesh.caller.rpc.call('sleep', [], { timeout: 200 }));
      await mesh.clock.advance(100);
      mesh.network.partition(mesh.caller.links.self, mesh.callee.links.self);
      expect(await mesh.clock.complete(pending)).toBeInstanceOf(CallTimeoutError);
      await mesh.clock.advance(20);
      expect(context?.signal.reason).toBeInstanceOf(CallTimeoutError);
      mesh.network.heal();
    });

    it('use the default when none is given', async () => {
      await mesh.offer('sleep', () => new Promise(() => undefined));
      const before = mesh.clock.now();
      expect(await errorOf(mesh.call('sleep'))).toBeInstanceOf(CallTimeoutError);
      expect(mesh.clock.now() - before).toBe(30_000);
    });
  });

  describe('that are aborted', () => {
    it('reject at once and stop the handler, which answers nobody', async () => {
      let reason: unknown;
      await mesh.offer('sleep', (_args, context) => {
        return new Promise((_resolve, reject) => {
          context.signal.addEventListener('abort', () => {
            reason = context.signal.reason;
            reject(new Error('stopped'));
          });
        });
      });
      const controller = new AbortController();
      const pending = errorOf(mesh.caller.rpc.call('sleep', [], { signal: controller.signal }));
      await mesh.clock.advance(50);
      controller.abort(new Error('changed my mind'));
      const error = await pending;
      expect(error).toBeInstanceOf(AbortedError);
      expect(error.cause).toMatchObject({ message: 'changed my mind' });
      await mesh.clock.advance(10);
      expect(reason).toBeInstanceOf(AbortedError);
      expect(mesh.callee.metrics.value('macula_rpc_invocations_total canceled')).toBe(1);
      expect(mesh.callee.metrics.value('macula_rpc_invocations_running')).toBe(0);
    });

    it('tell a handler that has no signal made, also one that asks late', async () => {
      const heard: Error[] = [];
      let context: CallContext | undefined;
      await mesh.offer('sleep', (_args, given) => {
        context = given;
        given.onAbort((reason) => heard.push(reason));
        return new Promise(() => undefined);
      });
      const controller = new AbortController();
      const pending = errorOf(mesh.caller.rpc.call('sleep', [], { signal: controller.signal }));
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
      await mesh.offer('answer', async (_args, context) => {
        context.onAbort((reason) => heard.push(reason));
        await Promise.resolve();
        return 'done';
      });
      expect(await mesh.call('answer', [], { timeout: 200 })).toBe('done');
      await mesh.clock.advance(500);
      await mesh.callee.rpc.stop();
      expect(heard).toEqual([]);
    });

    it('are not made when the signal has fired before', async () => {
      let calls = 0;
      await mesh.offer('count', () => ++calls);
      const signal = AbortSignal.abort('no');
      expect(await errorOf(mesh.call('count', [], { signal }))).toBeInstanceOf(AbortedError);
      expect(calls).toBe(0);
    });

    it('leave no listener on a signal that outlives them', async () => {
      await mesh.offer('echo', (args) => args);
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
      await mesh.call('echo', [1], { signal });
      expect(listeners).toBe(0);
    });

    it('keep a handler that goes on from being counted as gone', async () => {
      let release = (): void => undefined;
      await mesh.offer(
        'stubborn',
        () =>
          new Promise<void>((resolve) => {
            release = resolve;
          }),
        { concurrency: 1 },
      );
      const controller = new AbortController();
      const first = errorOf(mesh.caller.rpc.call('stubborn', [], { signal: controller.signal }));
      await mesh.clock.advance(10);
      controller.abort();
      await first;
      await mesh.clock.advance(10);
      expect(await errorOf(mesh.call('stubborn'))).toBeInstanceOf(OverloadedError);
      release();
      await mesh.clock.advance(10);
      const third = mesh.caller.rpc.call('stubborn');
      await mesh.clock.advance(10);
      release();
      expect(await mesh.clock.complete(third)).toBeUndefined();
    });
  });

  describe('around start and stop', () => {
    it('pin the links that they use, on both sides, until these have nothing to do', async () => {
      let release = (): void => undefined;
      await mesh.offer(
        'wait',
        () =>
          new Promise<void>((resolve) => {
            release = resolve;
          }),
      );
      const pinned = (): number =>
        mesh.caller.links.pinned.length + mesh.callee.links.pinned.length;
      const pending = mesh.caller.rpc.call('wait', [], { timeout: 120_000 });
      await mesh.clock.advance(100_000);
      expect(pinned()).toBe(2);
      release();
      await mesh.clock.complete(pending);
      await mesh.clock.advance(40_000);
      expect(pinned()).toBe(0);
    });

    it('need start()', async () => {
      await mesh.caller.rpc.stop();
      expect(await errorOf(mesh.caller.rpc.call('a'))).toBeInstanceOf(NotRunningError);
      expect(await errorOf(mesh.caller.rpc.register('a', () => 1))).toBeInstanceOf(NotRunningError);
      expect(await errorOf(mesh.caller.rpc.openStream('a'))).toBeInstanceOf(NotRunningError);
      expect(await errorOf(mesh.caller.rpc.start())).toBeInstanceOf(NotRunningError);
    });

    it('fail at the caller when it stops, and reach the handler', async () => {
      let stopped = false;
      await mesh.offer('sleep', (_args, context) => {
        context.signal.addEventListener('abort', () => {
          stopped = true;
        });
        return new Promise(() => undefined);
      });
      const pending = errorOf(mesh.caller.rpc.call('sleep'));
      await mesh.clock.advance(10);
      await mesh.caller.rpc.stop();
      expect(await pending).toBeInstanceOf(NotRunningError);
      await mesh.clock.advance(10);
      expect(stopped).toBe(true);
    });

    it('fail with "canceled" when the callee stops', async () => {
      await mesh.offer('sleep', () => new Promise(() => undefined));
      const pending = errorOf(mesh.caller.rpc.call('sleep'));
      await mesh.clock.advance(10);
      await mesh.callee.rpc.stop();
      expect(await mesh.clock.complete(pending)).toMatchObject({ uri: ErrorUri.canceled });
    });
  });
});
