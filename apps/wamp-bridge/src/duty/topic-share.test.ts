import { describe, expect, test } from '@jest/globals';
import { readStanding, type Standing, standingText } from './standing.ts';
import { carrierOf } from './topic-share.ts';

const topics = Array.from({ length: 1_000 }, (_, i) => `be.cortexiq.home.h${i}.measured`);
const bridges = ['aaaa', 'bbbb', 'cccc'];

describe('the carrier of a topic', () => {
  test('does not depend on the order in which bridges are known, and each has its share', () => {
    const shares = new Map<string | undefined, number>();
    for (const topic of topics) {
      const carrier = carrierOf(topic, bridges);
      expect(carrierOf(topic, [...bridges].reverse())).toBe(carrier);
      shares.set(carrier, (shares.get(carrier) ?? 0) + 1);
    }
    expect(shares.size).toBe(3);
    for (const share of shares.values()) expect(share).toBeGreaterThan(250);
  });

  test('changes for the topics of a bridge that goes, and for no other', () => {
    for (const topic of topics) {
      const before = carrierOf(topic, bridges);
      const after = carrierOf(topic, ['aaaa', 'cccc']);
      if (before !== 'bbbb') expect(after).toBe(before);
    }
  });

  test('is nobody where there is no bridge', () => {
    expect(carrierOf('a', [])).toBeUndefined();
  });
});

describe('what a bridge says of itself', () => {
  test('is read as it was written', () => {
    const standing: Standing = {
      ...{ group: 'east', session: 2 ** 53 - 1, since: 1_700_000_000_123, works: true },
      confirmed: new Map([['0123abcd', 1_700_000_000_456]]),
    };
    expect(readStanding(standingText(standing))).toEqual(standing);
  });

  test.each([undefined, '', 'east', 'east x y z :,:,::', ' '.repeat(50)])(
    'may be anything: %j',
    (text) => {
      const standing = readStanding(text);
      expect(standing?.since ?? 0).toBe(0);
      expect(standing?.works ?? false).toBe(false);
    },
  );

  test('leaves room in metadata however many wait to be confirmed', () => {
    const confirmed = new Map(
      Array.from({ length: 16 }, (_, i) => [`${i}`.padStart(8, '0'), Date.UTC(2100, 0) + i]),
    );
    const standing = { group: 'g'.repeat(40), session: 2 ** 53, since: 2 ** 42, works: false };
    expect(standingText({ ...standing, confirmed }).length).toBeLessThan(450);
  });
});
