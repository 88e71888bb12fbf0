import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LawBrokenError } from '../../src/testing/index.ts';
import { broken, kept } from './judged-types.ts';

for (const { name, check } of kept) void test(name, check);

void test('a broken type is found', () => {
  assert.throws(() => {
    for (const { check } of broken) check();
  }, LawBrokenError);
});
