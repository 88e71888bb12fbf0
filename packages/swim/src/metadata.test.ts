import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from '@macula/core';
import { checkedMetadata, metadataBytes, sameMetadata } from './metadata.ts';

describe('metadata', () => {
  it('counts UTF-8 bytes of keys and values', () => {
    expect(metadataBytes({ a: 'bc', ä: '€' })).toBe(3 + 2 + 3);
  });

  it('may take 512 bytes and no more', () => {
    expect(checkedMetadata({ k: 'v'.repeat(511) })).toEqual({ k: 'v'.repeat(511) });
    expect(() => checkedMetadata({ k: 'v'.repeat(512) })).toThrow(InvalidArgumentError);
  });

  it('takes text only', () => {
    expect(() => checkedMetadata({ k: 1 as unknown as string })).toThrow('metadata.k is a number');
  });

  it('is a copy that cannot be changed', () => {
    const given = { role: 'seed' };
    const checked = checkedMetadata(given);
    given.role = 'other';
    expect(checked).toEqual({ role: 'seed' });
    expect(Object.isFrozen(checked)).toBe(true);
  });

  it.each([
    [{}, {}, true],
    [{ a: '1' }, { a: '1' }, true],
    [{ a: '1' }, { a: '2' }, false],
    [{ a: '1' }, { b: '1' }, false],
    [{ a: '1' }, { a: '1', b: '2' }, false],
  ])('compares %j with %j: %s', (a, b, same) => {
    expect(sameMetadata(a, b)).toBe(same);
  });
});
