import { expect, test } from '@jest/globals';
import { SpendBudget } from './spend-budget.ts';

test('packets that carry data never use the budget up', () => {
  const budget = new SpendBudget(0, 10, 100);
  for (let turn = 0; turn < 10_000; turn++) expect(budget.spend(30, 30 * 64, 0)).toBe(true);
});

test('packets that carry nothing use up the burst, then only the rate is left', () => {
  const budget = new SpendBudget(0, 10, 100);
  expect(budget.spend(100, 0, 0)).toBe(true);
  expect(budget.spend(1, 0, 0)).toBe(false);
  expect(budget.spend(10, 0, 1_100)).toBe(true);
  expect(budget.spend(10, 0, 2_100)).toBe(true);
  expect(budget.spend(11, 0, 2_100)).toBe(false);
});

test('quiet does not add to the burst', () => {
  const budget = new SpendBudget(0, 10, 100);
  expect(budget.spend(0, 0, 1e9)).toBe(true);
  expect(budget.spend(101, 0, 1e9)).toBe(false);
});
