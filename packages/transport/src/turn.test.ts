import { expect, test } from '@jest/globals';
import { systemClock } from '@macula/core';
import { Turn } from './turn.ts';

/** Resolves when the event loop has turned. */
const loopTurned = (): Promise<void> =>
  new Promise((resolve) => {
    systemClock.defer(resolve);
  });

test('links are flushed before connections, once a turn, when no promise continuation is left', async () => {
  const turn = new Turn();
  const order: string[] = [];
  const task = (name: string) => ({ flush: () => order.push(name) });
  turn.addConnection(task('connection'));
  turn.addLink(task('link'));
  void (async () => {
    for (let i = 0; i < 10; i++) await Promise.resolve();
    order.push('continuation');
  })();
  await loopTurned();
  expect(order).toEqual(['continuation', 'link', 'connection']);
});

test('what a flush adds is flushed in the same turn of the loop', async () => {
  const turn = new Turn();
  const order: string[] = [];
  turn.addLink({
    flush: () => {
      order.push('first');
      turn.addLink({ flush: () => order.push('second') });
    },
  });
  await loopTurned();
  expect(order).toEqual(['first', 'second']);
});

test('each turn begins with another connection, so that nobody is always the last', async () => {
  const turn = new Turn();
  const order: string[] = [];
  const tasks = ['a', 'b', 'c'].map((name) => ({ flush: () => order.push(name) }));
  for (let i = 0; i < 3; i++) {
    for (const task of tasks) turn.addConnection(task);
    await loopTurned();
  }
  expect(order.join('')).toBe('abcbcacab');
});
