import { describe, expect, it } from '@jest/globals';
import { virtualClock } from '@macula/testkit';
import { Outbox } from './outbox.ts';
import { Parcel } from './parcel.ts';
import { createPublication } from './publication.ts';
import type { Target } from './target.ts';

const target = { queued: 0 } as Target;

function parcel(qos: 0 | 1, bytes = 10): Parcel {
  const value = 'x'.repeat(bytes);
  return new Parcel(target, createPublication(value, { qos }, virtualClock(), 1_000), 0);
}

function drain(outbox: Outbox): Parcel[] {
  const all: Parcel[] = [];
  for (let first = outbox.first; first !== undefined; first = outbox.first) {
    all.push(first);
    outbox.shift();
  }
  return all;
}

describe('Outbox', () => {
  it('counts plain parcels only, and all of them for their target', () => {
    const outbox = new Outbox();
    const [plain, acknowledged] = [parcel(0), parcel(1)];
    outbox.push(plain);
    outbox.push(acknowledged);
    expect([outbox.events, outbox.bytes, target.queued]).toEqual([1, plain.size, 2]);
    expect(drain(outbox)).toEqual([plain, acknowledged]);
    expect([outbox.events, outbox.bytes, target.queued]).toEqual([0, 0, 0]);
  });

  it('drops the oldest plain parcel, also behind acknowledged ones, and never those', () => {
    const outbox = new Outbox();
    const parcels = [parcel(1), parcel(0), parcel(1), parcel(0)];
    for (const one of parcels) outbox.push(one);
    expect(outbox.dropOldest()).toBe(true);
    expect(outbox.events).toBe(1);
    expect(outbox.dropOldest()).toBe(true);
    expect(outbox.dropOldest()).toBe(false);
    expect(drain(outbox)).toEqual([parcels[0], parcels[2]]);
  });

  it('puts what is sent again before all others', () => {
    const outbox = new Outbox();
    const [first, second, third] = [parcel(1), parcel(1), parcel(0)];
    outbox.push(third);
    outbox.prepend([first, second]);
    expect(drain(outbox)).toEqual([first, second, third]);
  });

  it('does not grow however much is dropped behind a parcel that stays', () => {
    const outbox = new Outbox();
    const stuck = parcel(1);
    outbox.push(stuck);
    let kept = parcel(0);
    for (let i = 0; i < 10_000; i++) {
      kept = parcel(0, 1);
      outbox.push(kept);
      if (outbox.events > 5) outbox.dropOldest();
    }
    expect(outbox.length).toBeLessThan(100);
    const rest = drain(outbox);
    expect(rest[0]).toBe(stuck);
    expect(rest.at(-1)).toBe(kept);
    expect(rest).toHaveLength(6);
  });
});
