import { expect, jest, test } from '@jest/globals';
import { StoreFailedError } from '../errors.ts';

jest.unstable_mockModule('classic-level', () => {
  throw new Error("Cannot find package 'classic-level'");
});

test('a store in a directory says what to install where classic-level is missing', async () => {
  const { createLevelStore } = await import('./index.ts');
  const opened = createLevelStore('/never/made');
  await expect(opened).rejects.toThrow(StoreFailedError);
  await expect(opened).rejects.toThrow(/npm install classic-level .*Cannot find package/);
});
