import { describe, expect, test } from '@jest/globals';
import type { Parcel } from '../buffer/event-lane.ts';
import { digestOf } from './event-digest.ts';
import { Shadow } from './shadow.ts';

const event = (value: unknown): Parcel['event'] => ({
  topic: 'a.b',
  args: [value],
  kwargs: {},
  qos: 1,
});

function parcel(value: unknown, resolved: unknown[], since = 0): Parcel {
  return {
    event: event(value),
    since,
    resolve: () => resolved.push(value),
    reject: ({ message }) => resolved.push(`${String(value)} ${message}`),
  };
}

describe('a shadow', () => {
  test('keeps what nobody has carried, and lets go of what a fellow has', () => {
    const shadow = new Shadow(10);
    const resolved: unknown[] = [];
    for (const value of [1, 2, 3]) shadow.add(digestOf(event(value)), parcel(value, resolved));
    shadow.carried(digestOf(event(2)), 0);
    expect(resolved).toEqual([2]);
    expect(
      shadow.take().map(
        ({
          parcel: {
            event: { args },
          },
        }) => args[0],
      ),
    ).toEqual([1, 3]);
    expect(shadow.size).toBe(0);
  });

  test('does not mind which comes first, and counts events of the same content', () => {
    const shadow = new Shadow(10);
    const resolved: unknown[] = [];
    const digest = digestOf(event('same'));
    shadow.carried(digest, 0);
    shadow.add(digest, parcel('same', resolved));
    expect([resolved.length, shadow.size]).toEqual([1, 0]);
    shadow.add(digest, parcel('same', resolved));
    shadow.add(digest, parcel('same', resolved));
    shadow.carried(digest, 0);
    expect([resolved.length, shadow.size]).toEqual([2, 1]);
  });

  test('is bounded, in number and in time, both ways', () => {
    const shadow = new Shadow(2);
    const resolved: unknown[] = [];
    for (const value of [1, 2, 3])
      shadow.add(digestOf(event(value)), parcel(value, resolved, value));
    const dropped = resolved.splice(0);
    expect([dropped, shadow.size]).toEqual([[expect.stringMatching(/^1 .*found no room/)], 2]);
    shadow.expire(3);
    expect([resolved, shadow.size]).toEqual([[expect.stringMatching(/^2 .*waited too long/)], 1]);
    resolved.length = 0;
    for (const value of ['x', 'y', 'z']) shadow.carried(digestOf(event(value)), 0);
    shadow.add(digestOf(event('x')), parcel('x', resolved));
    expect(resolved).toEqual([]);
    shadow.add(digestOf(event('z')), parcel('z', resolved));
    expect(resolved).toEqual(['z']);
  });

  test('forgets what a fellow has passed over, but nothing of other topics and nothing that came in shortly before', () => {
    const shadow = new Shadow(10);
    const resolved: unknown[] = [];
    const other = { ...event('other'), topic: 'a.c' };
    shadow.add(digestOf(other), { ...parcel('other', resolved), event: other });
    for (const [value, since] of [
      ['missed', 0],
      ['near', 500],
      ['carried', 1_200],
    ] as const) {
      shadow.add(digestOf(event(value)), parcel(value, resolved, since));
    }
    shadow.carried(digestOf(event('carried')), 1_300);
    expect(resolved).toEqual(['carried', expect.stringMatching(/^missed .*waited too long/)]);
    expect(shadow.take().map(({ parcel: one }) => one.event.args[0])).toEqual(['other', 'near']);
  });

  test('hands over by the time at which events came in, also what was on its way meanwhile', () => {
    const shadow = new Shadow(10);
    for (const [value, since] of [
      [2, 20],
      [3, 30],
      [1, 10],
    ] as const) {
      shadow.add(digestOf(event(value)), parcel(value, [], since));
    }
    expect(shadow.take().map(({ parcel: { event: one } }) => one.args[0])).toEqual([1, 2, 3]);
  });
});

test('what was carried long ago is not taken for what comes now', () => {
  const shadow = new Shadow(2);
  const digest = digestOf(event(1));
  shadow.carried(digest, 0);
  expect([shadow.hasClaims, shadow.claim(digest, 10_000), shadow.hasClaims]).toEqual([
    true,
    false,
    false,
  ]);
  shadow.carried(digest, 10_000);
  shadow.carried(digest, 10_000);
  expect([1, 2, 3].map(() => shadow.claim(digest, 10_001))).toEqual([true, true, false]);
});

describe('a digest', () => {
  test('depends on what an event says, not on the order of its keys', () => {
    const one = { ...event(1), kwargs: { a: 1, b: { c: 2n, d: new Uint8Array([120]) } } };
    const same = { ...event(1), kwargs: { b: { d: new Uint8Array([120]), c: 2n }, a: 1 } };
    expect(digestOf(one)).toBe(digestOf(same));
    expect(digestOf(one)).not.toBe(digestOf({ ...one, topic: 'a.c' }));
  });
});
