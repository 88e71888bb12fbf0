import { describe, expect, it } from '@jest/globals';
import { NodeId } from '@macula/core';
import { crossingWindowMs, takesPeersLink } from './duplicate-rule.ts';

const smaller = NodeId.fromBytes(new Uint8Array(32).fill(1));
const larger = NodeId.fromBytes(new Uint8Array(32).fill(2));
const late = crossingWindowMs + 1;

const mine = (ageMs: number) => ({ existing: { initiator: true, ageMs } });
const theirs = (ageMs: number) => ({ existing: { initiator: false, ageMs } });
const dialling = (reached: boolean, ageMs: number) => ({ dialling: { reached, ageMs } });

describe('the smaller of two nodes', () => {
  it.each([
    ['a link out of the blue', {}, true],
    ['a link that crossed its own dial', dialling(false, 10), false],
    ['a link while it greets on its own', dialling(true, late), false],
    ['a link while its own dial does not get through', dialling(false, late), true],
    ['a link that crossed its own, which is open', mine(10), false],
    ['a link instead of its own that the peer has lost', mine(late), true],
    ['a link instead of the peer’s own', theirs(10), true],
  ])('decides about %s', (_, links, takes) => {
    expect(takesPeersLink({ self: smaller, peer: larger, ...links })).toBe(takes);
  });
});

describe('the larger of two nodes', () => {
  it.each([{}, dialling(false, 10), dialling(true, 10), mine(10), mine(late), theirs(10)])(
    'takes every link: %j',
    (links) => {
      expect(takesPeersLink({ self: larger, peer: smaller, ...links })).toBe(true);
    },
  );
});
