import { describe, expect, it } from '@jest/globals';
import { someResult } from '../../test/snapshot.ts';
import { MessageRate } from './message-rate.ts';
import { differences } from './verify-totals.ts';

describe('verification', () => {
  it('finds nothing when all is as the data says', () => {
    expect(differences(someResult())).toEqual([]);
    const { totals } = someResult();
    expect(differences(someResult({ totals: { ...totals, received: 50, duplicates: 2 } }))).toEqual(
      [],
    );
  });

  it.each([
    ['production_wh', { production_wh: 29_999 }, 'production_wh: 29999, where the data says 30000'],
    ['consumption_wh', { consumption_wh: 0 }, 'consumption_wh: 0, where the data says 1234567'],
    ['measurements', { measurements: 47 }, 'measurements booked: 47, where the data says 48'],
    ['received', { received: 49 }, 'measurements received once: 49, where the data says 48'],
    ['hours', { hours_completed: 23 }, 'hours: 23, where the data says 24'],
    ['refused', { refused: 1 }, 'events refused: 1, where the data says 0'],
  ])('finds wrong %s', (_, change, message) => {
    const { totals } = someResult();
    expect(differences(someResult({ totals: { ...totals, ...change } }))).toEqual([message]);
  });
});

describe('the message rate', () => {
  it('is that of the last two seconds', () => {
    const rate = new MessageRate();
    expect(rate.take(0, 0)).toBe(0);
    expect(rate.take(1_000, 100)).toBe(100);
    expect(rate.take(2_000, 300)).toBe(150);
    expect(rate.take(3_000, 500)).toBe(200);
    expect(rate.take(9_000, 500)).toBe(0);
  });
});
