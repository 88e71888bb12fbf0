import { expect, test } from 'vitest';
import { broken, kept } from './judged-types.ts';

for (const { name, check } of kept) test(name, check);

test('a broken type is found', () => {
  const found = broken.filter(({ check }) => {
    try {
      check();
      return false;
    } catch {
      return true;
    }
  });
  expect(found).not.toEqual([]);
});
