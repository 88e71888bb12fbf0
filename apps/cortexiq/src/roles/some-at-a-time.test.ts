import { describe, expect, it } from '@jest/globals';
import { someAtATime } from './some-at-a-time.ts';

const turn = (): Promise<void> => Promise.resolve();

describe('some at a time', () => {
  it('are all done in their order, and no more at once than allowed', async () => {
    const begun: number[] = [];
    let underWay = 0;
    let most = 0;
    await someAtATime([0, 1, 2, 3, 4, 5, 6], 3, async (item) => {
      begun.push(item);
      most = Math.max(most, ++underWay);
      await turn();
      underWay--;
    });
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(most).toBe(3);
  });

  it('begin nothing more when one has failed', async () => {
    const begun: number[] = [];
    const working = someAtATime([0, 1, 2, 3], 2, async (item) => {
      begun.push(item);
      await turn();
      if (item === 1) throw new Error('one failed');
      await turn();
    });
    await expect(working).rejects.toThrow('one failed');
    for (let i = 0; i < 5; i++) await turn();
    expect(begun).toEqual([0, 1]);
  });
});
