import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Link, LinkCloseCode, type LinkCloseReason } from '@macula/core';
import { virtualClock } from '@macula/testkit';
import { Parcel } from './parcel.ts';
import { Probation } from './probation.ts';
import { createPublication } from './publication.ts';
import type { Target } from './target.ts';

const refusal: LinkCloseReason = {
  code: LinkCloseCode.overloaded,
  message: 'no room',
  remote: true,
};
const dialled = { initiator: true } as Link;
const accepted = { initiator: false } as Link;

function parcel(target: Partial<Target> = {}): Parcel {
  const publication = createPublication('x', {}, virtualClock(), 1_000);
  return new Parcel(target as Target, publication, 0);
}

describe('the probation of a link', () => {
  let probation: Probation;

  beforeEach(() => {
    probation = new Probation(3 * parcel().size);
  });

  /** What is to be sent again of `parcels`, which `link` has taken before `reason` ended it. */
  function vainOn(link: Link, parcels: readonly Parcel[], reason = refusal): Parcel[] {
    probation.begin(link, 0);
    for (const one of parcels) probation.took(one);
    return probation.end(reason);
  }

  it('gives what a refused link has taken, in order, once', () => {
    const parcels = [parcel(), parcel()];
    expect(vainOn(dialled, parcels)).toEqual(parcels);
    expect(probation.end(refusal)).toEqual([]);
  });

  it('gives nothing of a link that had been taken in', () => {
    const { duplicate, silent } = LinkCloseCode;
    for (const code of [duplicate, silent]) {
      expect(vainOn(dialled, [parcel()], { ...refusal, code })).toEqual([]);
    }
    expect(vainOn(dialled, [parcel()], { ...refusal, remote: false })).toEqual([]);
    expect(vainOn(accepted, [parcel()])).toEqual([]);
  });

  it('lasts for the first second of links that this node has dialled', () => {
    probation.begin(accepted, 0);
    expect(probation.isOn(0)).toBe(false);
    probation.begin(dialled, 500);
    probation.took(parcel());
    expect([probation.isOn(500), probation.isOn(1_499), probation.isOn(1_500)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(probation.end(refusal)).toEqual([]);
  });

  it('keeps so many bytes and no more', () => {
    const parcels = Array.from({ length: 5 }, () => parcel());
    expect(vainOn(dialled, parcels)).toEqual(parcels.slice(0, 3));
  });

  it('gives nothing that is dealt with, waits already, or goes another way', () => {
    const done = Object.assign(parcel(), { done: true });
    const queued = Object.assign(parcel(), { queued: true });
    const parcels = [parcel({ closed: true }), parcel({ entrusted: true })];
    expect(vainOn(dialled, [done])).toEqual([]);
    expect(vainOn(dialled, [queued])).toEqual([]);
    expect(vainOn(dialled, parcels)).toEqual([]);
  });
});
