import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contactAt } from '../../test/contacts.ts';
import { nearestOf, sortByDistance } from './xor-order.ts';

describe('the nearest of many', () => {
  it('are those that sorting by distance puts first', () => {
    const numbers = fc.uniqueArray(fc.nat(100_000), { maxLength: 200 });
    fc.assert(
      fc.property(numbers, fc.nat(100_000), fc.integer({ min: 1, max: 30 }), (all, of, count) => {
        const contacts = all.map(contactAt);
        const target = contactAt(of).id;
        const expected = sortByDistance([...contacts], target).slice(0, count);
        expect(nearestOf(contacts, target, count)).toEqual(expected);
      }),
    );
  });
});
