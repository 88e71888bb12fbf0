import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AbortedError } from '@macula/core';
import { errorOf, Mesh, type MeshNode } from '../test/mesh.ts';

describe('progressive results', () => {
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

  it('deliver them in order, and then the result', async () => {
    await callee.rpc.register('count', async (_args, context) => {
      for (let i = 1; i <= 5; i++) await context.progress(i);
      return 'done';
    });
    await mesh.settle();
    const seen: unknown[] = [];
    const onProgress = (value: unknown): void => void seen.push(value);
    expect(await call('count', [], { onProgress })).toBe('done');
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('come from a handler that answers in the same turn, too', async () => {
    await callee.rpc.register('now', (_args, context) => {
      void context.progress('half');
      return 'whole';
    });
    await mesh.settle();
    const seen: unknown[] = [];
    await call('now', [], { onProgress: (value) => seen.push(value) });
    expect(seen).toEqual(['half']);
  });

  it('tell the handler whether anybody asked for them', async () => {
    const asked: boolean[] = [];
    await callee.rpc.register('count', (_args, context) => void asked.push(context.wantsProgress));
    await mesh.settle();
    await call('count');
    await call('count', [], { onProgress: () => undefined });
    expect(asked).toEqual([false, true]);
  });

  it('are not sent to a caller that did not ask', async () => {
    await callee.rpc.register('count', async (_args, context) => {
      await context.progress('x');
      return 'done';
    });
    await mesh.settle();
    expect(await call('count')).toBe('done');
    expect(caller.metrics.value('macula_rpc_stale_answers_total')).toBe(0);
  });

  it('stop once the caller has given up', async () => {
    let failure: unknown;
    await callee.rpc.register('ticks', async (_args, context) => {
      for (;;) {
        try {
          await context.progress('tick');
        } catch (error) {
          failure = error;
          return;
        }
        await new Promise<void>((resolve) => {
          callee.links.clock.setTimer(resolve, 10);
        });
      }
    });
    await mesh.settle();
    const seen: unknown[] = [];
    const controller = new AbortController();
    const pending = errorOf(
      caller.rpc.call('ticks', [], {
        signal: controller.signal,
        onProgress: (value) => seen.push(value),
      }),
    );
    await mesh.clock.advance(55);
    controller.abort();
    const count = seen.length;
    await pending;
    await mesh.clock.advance(100);
    expect(count).toBeGreaterThan(2);
    expect(seen).toHaveLength(count);
    expect(failure).toBeInstanceOf(AbortedError);
  });

  it('end the call when onProgress throws', async () => {
    let stopped = false;
    await callee.rpc.register('ticks', async (_args, context) => {
      await context.progress('tick');
      return new Promise(() => {
        context.signal.addEventListener('abort', () => {
          stopped = true;
        });
      });
    });
    await mesh.settle();
    const onProgress = (): void => {
      throw new Error('cannot take it');
    };
    expect(await errorOf(call('ticks', [], { onProgress }))).toMatchObject({
      message: 'cannot take it',
    });
    await mesh.clock.advance(10);
    expect(stopped).toBe(true);
  });
});
