import { describe, expect, it } from '@jest/globals';
import { AbortedError, LimitExceededError } from '@macula/core';
import { DialQueue } from './dial-queue.ts';

const { signal } = new AbortController();

describe('a dial queue', () => {
  it('lets the next one in when a place is free, in order', async () => {
    const queue = new DialQueue(1, 10);
    const order: number[] = [];
    const release = await queue.enter(signal);
    const entered = [1, 2].map(async (n) => {
      const done = await queue.enter(signal);
      order.push(n);
      done();
    });
    await Promise.resolve();
    expect(order).toEqual([]);
    release();
    await Promise.all(entered);
    expect(order).toEqual([1, 2]);
  });

  it('frees a place once, however often it is given back', async () => {
    const queue = new DialQueue(1, 0);
    const release = await queue.enter(signal);
    release();
    const second = await queue.enter(signal);
    release();
    await expect(queue.enter(signal)).rejects.toBeInstanceOf(LimitExceededError);
    second();
  });

  it('forgets who gives up waiting', async () => {
    const queue = new DialQueue(1, 1);
    const release = await queue.enter(signal);
    const controller = new AbortController();
    const waiting = queue.enter(controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toBeInstanceOf(AbortedError);
    const next = queue.enter(signal);
    release();
    (await next)();
  });
});
