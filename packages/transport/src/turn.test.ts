import { expect, test } from '@jest/globals';
import { Turn } from './turn.ts';

/** Resolves when the event loop has turned. */
const loopTurned = (): Promise<void> => new Promise(setImmediate);

test('links are flushed before connections, once a turn, when no promise continuation is left', async () => {
  const turn = new Turn();
  const order: string[] = [];
  const task = (name: string) => ({ flush: () => order.push(name) });
  turn.addConnection(task('connection'));
  turn.addLink(task('link'));
  void (async () => {
    for (let i = 0; i < 10; i++) await null;
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
