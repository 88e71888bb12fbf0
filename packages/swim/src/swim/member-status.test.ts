import { describe, expect, it } from '@jest/globals';
import { changesOf, type KnownStatus, type StatusEvent, statusAfter } from './member-status.ts';

const all: readonly StatusEvent[] = (['alive', 'suspect', 'failed', 'left'] as const).flatMap(
  (status) => [`${status}.same`, `${status}.newer`] as const,
);

describe('the precedence of rumours', () => {
  it.each<[KnownStatus, Partial<Record<StatusEvent, KnownStatus>>]>([
    ['unknown', { 'alive.newer': 'alive' }],
    [
      'alive',
      {
        'alive.newer': 'alive',
        'suspect.same': 'suspect',
        'suspect.newer': 'suspect',
        'failed.same': 'failed',
        'failed.newer': 'failed',
        'left.same': 'left',
        'left.newer': 'left',
      },
    ],
    [
      'suspect',
      {
        'alive.newer': 'alive',
        'suspect.newer': 'suspect',
        'failed.same': 'failed',
        'failed.newer': 'failed',
        'left.same': 'left',
        'left.newer': 'left',
      },
    ],
    ['failed', { 'alive.newer': 'alive' }],
    ['left', { 'alive.newer': 'alive' }],
  ])('%s takes nothing but what wins', (from, moves) => {
    const taken = all
      .map((event) => [event, statusAfter(from, event)] as const)
      .filter(([, to]) => to !== undefined);
    expect(Object.fromEntries(taken)).toEqual(moves);
  });
});

describe('what users are told', () => {
  it.each<[KnownStatus, KnownStatus, string[]]>([
    ['unknown', 'alive', ['joined']],
    ['failed', 'alive', ['joined']],
    ['left', 'alive', ['joined']],
    ['alive', 'alive', ['updated']],
    ['suspect', 'alive', ['recovered']],
    ['alive', 'suspect', ['suspected']],
    ['suspect', 'suspect', []],
    ['suspect', 'failed', ['failed']],
    ['alive', 'failed', ['suspected', 'failed']],
    ['alive', 'left', ['left']],
    ['suspect', 'left', ['left']],
  ])('%s > %s: %p', (from, to, changes) => {
    expect(changesOf(from, to)).toEqual(changes);
  });
});
