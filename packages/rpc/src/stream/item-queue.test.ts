import { beforeEach, describe, expect, it } from '@jest/globals';
import { ItemQueue } from './item-queue.ts';

describe('received items', () => {
  let queue: ItemQueue;
  let paused: boolean;

  beforeEach(() => {
    paused = false;
    queue = new ItemQueue({
      pause: () => {
        paused = true;
      },
      resume: () => {
        paused = false;
      },
    });
  });

  async function read(count: number): Promise<unknown[]> {
    const items: unknown[] = [];
    for (let i = 0; i < count; i++) items.push((await queue.next()).value);
    return items;
  }

  it('stop the sender while many wait, until few do', async () => {
    for (let i = 0; i < 31; i++) queue.push(i, 10);
    expect(paused).toBe(false);
    queue.push(31, 10);
    expect(paused).toBe(true);
    await read(23);
    expect(paused).toBe(true);
    expect(await read(1)).toEqual([23]);
    expect(paused).toBe(false);
  });

  it('stop the sender while large ones wait, however few they are', async () => {
    for (const name of ['a', 'b', 'c']) queue.push(name, 60_000);
    expect(paused).toBe(false);
    queue.push('d', 90_000);
    expect(paused).toBe(true);
    expect(await read(3)).toEqual(['a', 'b', 'c']);
    expect(paused).toBe(true);
    expect(await read(1)).toEqual(['d']);
    expect(paused).toBe(false);
  });

  it('let the sender go on when the reader has seen enough, or is waiting already', async () => {
    queue.push('huge', 1_000_000);
    expect(paused).toBe(true);
    await queue.return();
    expect(paused).toBe(false);

    const other = new ItemQueue({ pause: () => expect(true).toBe(false), resume: () => undefined });
    const next = other.next();
    other.push('huge', 1_000_000);
    expect(await next).toEqual({ value: 'huge', done: false });
  });
});
