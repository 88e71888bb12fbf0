import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AbortedError } from '@macula/core';
import { errorOf } from '../test/mesh.ts';
import { Pair } from '../test/pair.ts';

describe('progressive results', () => {
  let mesh: Pair;

  beforeEach(async () => {
    mesh = await Pair.start();
  });

  afterEach(() => mesh.stop());

  it('deliver them in order, and then the result', async () => {
    await mesh.offer('count', async (_args, context) => {
      for (let i = 1; i <= 5; i++) await context.progress(i);
      return 'done';
    });
    const seen: unknown[] = [];
    const onProgress = (value: unknown): void => void seen.push(value);
    expect(await mesh.call('count', [], { onProgress })).toBe('done');
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('come from a handler that answers in the same turn, too', async () => {
    await mesh.offer('now', (_args, context) => {
      void context.progress('half');
      return 'whole';
    });
    const seen: unknown[] = [];
    await mesh.call('now', [], { onProgress: (value) => seen.push(value) });
    expect(seen).toEqual(['half']);
  });

  it('tell the handler whether anybody asked for them', async () => {
    const asked: boolean[] = [];
    await mesh.offer('count', (_args, context) => void asked.push(context.wantsProgress));
    await mesh.call('count');
    await mesh.call('count', [], { onProgress: () => undefined });
    expect(asked).toEqual([false, true]);
  });

  it('are not sent to a caller that did not ask', async () => {
    await mesh.offer('count', async (_args, context) => {
      await context.progress('x');
      return 'done';
    });
    expect(await mesh.call('count')).toBe('done');
    expect(mesh.caller.metrics.value('macula_rpc_stale_answers_total')).toBe(0);
  });

  it('stop once the caller has given up', async () => {
    let failure: unknown;
    await mesh.offer('ticks', async (_args, context) => {
      for (;;) {
        try {
          await context.progress('tick');
        } catch (error) {
          failure = error;
          return;
        }
        await new Promise<void>((resolve) => {
          mesh.callee.links.clock.setTimer(resolve, 10);
        });
      }
    });
    const seen: unknown[] = [];
    const controller = new AbortController();
    const pending = errorOf(
      mesh.caller.rpc.call('ticks', [], {
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
    await mesh.offer('ticks', async (_args, context) => {
      await context.progress('tick');
      return new Promise(() => {
        context.signal.addEventListener('abort', () => {
          stopped = true;
        });
      });
    });
    const onProgress = (): void => {
      throw new Error('cannot take it');
    };
    expect(await errorOf(mesh.call('ticks', [], { onProgress }))).toMatchObject({
      message: 'cannot take it',
    });
    await mesh.clock.advance(10);
    expect(stopped).toBe(true);
  });
});
