import { describe, expect, test } from '@jest/globals';
import { brokenTypes } from '../../test/broken-crdts.ts';
import { crdtLaws, LawBrokenError } from './index.ts';

/** A person takes in a history of so many steps at a glance. */
const longestReadable = 7;

describe('the laws find', () => {
  test.each(brokenTypes)('$defect', ({ type, operations, intentions, laws }) => {
    const broken = crdtLaws(type, operations, { intentions: intentions ?? {} }).flatMap((law) => {
      try {
        law.check();
        return [];
      } catch (error) {
        if (!(error instanceof LawBrokenError)) throw error;
        return [error];
      }
    });

    const expected = broken.filter(({ law }) => laws.includes(law));
    expect(expected.map(({ law }) => law)).not.toEqual([]);
    expect(Math.min(...expected.map(({ story }) => story.length))).toBeLessThanOrEqual(
      longestReadable,
    );
  });
});
