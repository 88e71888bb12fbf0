import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@macula/testkit';
import { ProbeOrder } from './probe-order.ts';

const orderOf = (keys: string, seed = 1): ProbeOrder => {
  const order = new ProbeOrder(seededRandom(seed));
  for (const key of keys) order.add(key);
  return order;
};
const take = (order: ProbeOrder, count: number): string[] =>
  Array.from({ length: count }, () => order.next() ?? '-');

describe('the order of probes', () => {
  it('names nobody when there is nobody', () => {
    expect(orderOf('').next()).toBeUndefined();
  });

  it('names everybody once in each round, in changing orders', () => {
    const order = orderOf('abcdefgh');
    const rounds = Array.from({ length: 6 }, () => take(order, 8));
    for (const round of rounds) expect([...round].sort().join('')).toBe('abcdefgh');
    expect(new Set(rounds.map((round) => round.join(''))).size).toBeGreaterThan(1);
  });

  it('names everybody within 2n - 1 turns, wherever a round begins', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const order = orderOf('abcdef', seed);
      take(order, seed % 7);
      expect(new Set(take(order, 11)).size).toBe(6);
    }
  });

  it('neither repeats nor skips anybody when others come and go within a round', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const order = orderOf('abcdef', seed);
      const before = take(order, 3);
      order.add('new');
      order.remove(before[0] as string);
      const after = take(order, order.size - 2).filter((key) => key !== 'new');
      expect(new Set([...before, ...after]).size).toBeGreaterThanOrEqual(before.length + 2);
    }
  });

  it('takes nobody twice', () => {
    expect(orderOf('aab').size).toBe(2);
  });
});
