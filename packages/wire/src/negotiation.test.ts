import { describe, expect, test } from '@jest/globals';
import { negotiate, protocolVersion, VersionMismatchError } from './index.ts';

const offer = (versions: number[], features: string[] = []) => ({ versions, features });

describe('negotiation', () => {
  test.each([
    [[1], [1], 1],
    [[2, 1], [1], 1],
    [[3, 2, 1], [4, 2, 1], 2],
    [[1, 2], [2, 1], 2],
    [[protocolVersion], [protocolVersion], protocolVersion],
  ])('between %j and %j agrees on version %i', (ours, theirs, version) => {
    expect(negotiate(offer(ours), offer(theirs)).version).toBe(version);
    expect(negotiate(offer(theirs), offer(ours)).version).toBe(version);
  });

  test.each([
    [[1], [2]],
    [[1], []],
    [[], []],
  ])('between %j and %j fails', (ours, theirs) => {
    expect(() => negotiate(offer(ours), offer(theirs))).toThrow(VersionMismatchError);
  });

  test('says who speaks what, not more than fits a message', () => {
    const many = Array.from({ length: 1000 }, (_, i) => i + 10);
    expect(() => negotiate(offer([1]), offer([]))).toThrow('speaks 1, the peer none');
    expect(() => negotiate(offer([1]), offer(many))).toThrow(/the peer 10, .*17, …$/);
  });

  test('keeps the features that both announce', () => {
    const a = negotiate(offer([1], ['datagrams', 'x', 'x']), offer([1], ['y', 'x', 'datagrams']));
    expect([...a.features].sort()).toEqual(['datagrams', 'x']);
    expect(negotiate(offer([1], ['a']), offer([1], ['b'])).features.size).toBe(0);
  });
});
