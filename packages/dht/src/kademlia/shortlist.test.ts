import { describe, expect, it } from '@jest/globals';
import { contactOf, idOf } from '../../test/contacts.ts';
import { Shortlist } from './shortlist.ts';

const target = idOf('00');
const options = { width: 2, perSubnet: 1 };

function list(...ids: string[]): Shortlist {
  const shortlist = new Shortlist(target, options);
  for (const id of ids) shortlist.add(contactOf(id));
  return shortlist;
}

describe('a shortlist', () => {
  it('offers the nearest new candidate first, each once', () => {
    const shortlist = list('30', '10', '20');
    const first = shortlist.next();
    expect(first?.id).toEqual(idOf('10'));
    if (first) first.state = 'asked';
    expect(shortlist.next()?.id).toEqual(idOf('20'));
  });

  it('takes every contact once', () => {
    const shortlist = list('30');
    expect(shortlist.add(contactOf('30'))).toBe(false);
  });

  it('has converged when the nearest have answered, whatever lies beyond', () => {
    const shortlist = list('10', '20', '30');
    for (let i = 0; i < 2; i++) {
      expect(shortlist.converged).toBe(false);
      const next = shortlist.next();
      if (next) next.state = 'answered';
    }
    expect(shortlist.converged).toBe(true);
    expect(shortlist.next()).toBeUndefined();
    expect(shortlist.answered().map(({ id }) => id.key)).toEqual([idOf('10').key, idOf('20').key]);
  });

  it('reaches out farther when near candidates fail', () => {
    const shortlist = list('10', '20', '30');
    const nearest = shortlist.next();
    if (nearest) nearest.state = 'failed';
    for (let i = 0; i < 2; i++) {
      const next = shortlist.next();
      if (next) next.state = 'answered';
    }
    expect(shortlist.answered().map(({ id }) => id.key)).toEqual([idOf('20').key, idOf('30').key]);
  });

  it('passes over candidates whose subnet has its share', () => {
    const shortlist = new Shortlist(target, options);
    shortlist.add(contactOf('10', '198.51.100.1'));
    shortlist.add(contactOf('11', '198.51.100.2'));
    shortlist.add(contactOf('20', '203.0.113.1'));
    const nearest = shortlist.next();
    if (nearest) nearest.state = 'answered';
    expect(shortlist.next()?.id).toEqual(idOf('20'));
    if (nearest) nearest.state = 'failed';
    expect(shortlist.next()?.id).toEqual(idOf('11'));
  });

  it('keeps a bounded number of candidates, the nearest', () => {
    const shortlist = list(...Array.from({ length: 32 }, (_, at) => (at * 4 + 16).toString(16)));
    expect(shortlist.add(contactOf('ff'))).toBe(false);
    expect(shortlist.add(contactOf('01'))).toBe(true);
  });
});
