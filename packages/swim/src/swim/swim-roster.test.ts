import { describe, expect, it } from '@jest/globals';
import type { MemberStatus } from '@macula/core';
import { virtualClock } from '@macula/testkit';
import { nodeId, statement } from '../../test/statements.ts';
import { digestOf } from './member-digest.ts';
import type { Rumour } from './rumour.ts';
import { Snapshot } from './snapshot.ts';
import { SwimRoster } from './swim-roster.ts';

const accuser = nodeId(200);
const say = (status: MemberStatus, n = 1, incarnation = 1n, by = accuser): Rumour => ({
  ...statement(n, incarnation),
  status,
  ...((status === 'suspect' || status === 'failed') && { accuser: by }),
});

function setup(maxMembers = 10, expected = 2) {
  const clock = virtualClock();
  const log: string[] = [];
  const roster = new SwimRoster(
    clock,
    {
      maxMembers,
      forgetMs: 60_000,
      suspicion: () => ({ bounds: { minMs: 4_000, maxMs: 24_000 }, expected }),
    },
    {
      changed: (type, { id, status }) =>
        log.push(`${type} ${type === 'joined' ? id.bytes[0] : status}`),
      arrived: ({ id }) => log.push(`arrived ${id.bytes[0]}`),
      doubted: () => undefined,
      trusted: () => undefined,
      departed: () => log.push('departed'),
      expired: (member) => {
        log.push(`expired ${clock.now()}`);
        roster.apply(say('failed', 1, member.incarnation));
      },
      refused: () => log.push('refused'),
    },
  );
  return { clock, log, roster };
}

describe('the roster', () => {
  it('takes a member from alive through suspicion to its end, telling each step', async () => {
    const { clock, log, roster } = setup();
    roster.apply(say('alive'));
    roster.apply(say('suspect'));
    expect(roster.presentCount).toBe(1);
    await clock.advance(24_000);
    expect(log).toEqual([
      'arrived 1',
      'joined 1',
      'suspected suspect',
      'expired 24000',
      'departed',
      'failed failed',
    ]);
    expect([roster.presentCount, roster.count('failed')]).toEqual([0, 1]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('shortens a suspicion with each new accuser, and counts nobody twice', async () => {
    const { clock, log, roster } = setup();
    roster.apply(say('alive'));
    expect(roster.apply(say('suspect'))).toBe(true);
    expect(roster.apply(say('suspect'))).toBe(false);
    expect(roster.apply(say('suspect', 1, 1n, nodeId(201)))).toBe(true);
    await clock.advance(3_000);
    expect(roster.apply(say('suspect', 1, 1n, nodeId(202)))).toBe(true);
    expect(roster.apply(say('suspect', 1, 1n, nodeId(203)))).toBe(false);
    await clock.advance(1_000);
    expect(log).toContain('expired 4000');
  });

  it('ends a suspicion when the member refutes it by a higher incarnation, and not before', async () => {
    const { clock, log, roster } = setup();
    roster.apply(say('alive'));
    roster.apply(say('suspect'));
    expect(roster.apply(say('alive'))).toBe(false);
    expect(roster.apply(say('alive', 1, 2n))).toBe(true);
    expect(log.at(-1)).toBe('recovered alive');
    expect(clock.pendingTimers).toBe(0);
    expect(roster.apply(say('suspect', 1, 1n))).toBe(false);
    expect(roster.apply(say('failed', 1, 1n))).toBe(false);
  });

  it('lets a member end without ado when somebody else has seen it fail, and come back', () => {
    const { log, roster } = setup();
    roster.apply(say('alive'));
    roster.apply(say('failed'));
    roster.apply(say('alive'));
    roster.apply(say('alive', 1, 5n));
    expect(log.slice(2)).toEqual([
      'suspected suspect',
      'departed',
      'failed failed',
      'arrived 1',
      'joined 1',
    ]);
  });

  it('makes no member of somebody of whom only suspicion, failure or goodbye is told', () => {
    const { log, roster } = setup();
    for (const status of ['suspect', 'failed', 'left'] as const) {
      expect(roster.apply(say(status))).toBe(false);
    }
    expect(log).toEqual([]);
  });

  it('forgets ends after a while', async () => {
    const { clock, roster } = setup();
    roster.apply(say('alive'));
    roster.apply(say('left'));
    await clock.advance(59_999);
    roster.sweep();
    expect(roster.get(nodeId(1).key)?.status).toBe('left');
    await clock.advance(1);
    roster.sweep();
    expect(roster.get(nodeId(1).key)).toBeUndefined();
  });

  it('is bounded: members stay, ends give way, newcomers are refused', () => {
    const { log, roster } = setup(2);
    roster.apply(say('alive', 1));
    roster.apply(say('alive', 2));
    expect(roster.apply(say('alive', 3))).toBe(false);
    expect(log.at(-1)).toBe('refused');
    roster.apply(say('left', 1));
    expect(roster.apply(say('alive', 3))).toBe(true);
    expect([...roster.all()].map(({ id }) => id.bytes[0])).toEqual([2, 3]);
  });

  it('recalls a snapshot in its order, and shares no change of it with others who recall it', () => {
    const snapshot = new Snapshot([3, 1, 2].map((n) => say('alive', n)));
    const [one, other] = [setup(), setup()];
    for (const { roster } of [one, other]) roster.recall(snapshot, new Set());
    expect(one.log).toEqual([
      'arrived 3',
      'joined 3',
      'arrived 1',
      'joined 1',
      'arrived 2',
      'joined 2',
    ]);
    one.roster.apply(say('failed', 3));
    one.roster.apply(say('alive', 4));
    expect([one.roster.presentCount, other.roster.presentCount]).toEqual([3, 3]);
    expect(other.roster.get(nodeId(3).key)?.status).toBe('alive');
    expect(other.roster.get(nodeId(4).key)).toBeUndefined();
  });

  it('recalls all but those it is told to leave out, and no more than it has room for', () => {
    const snapshot = new Snapshot([1, 2, 3].map((n) => say('alive', n)));
    const { log, roster } = setup(2);
    roster.recall(snapshot, new Set(snapshot.members.slice(0, 1)));
    expect([...roster.all()].map(({ id }) => id.bytes[0])).toEqual([2, 3]);
    expect([roster.presentCount, log]).toEqual([
      2,
      ['arrived 2', 'joined 2', 'arrived 3', 'joined 3'],
    ]);
    const small = setup(2);
    small.roster.recall(snapshot, new Set());
    expect([small.roster.presentCount, small.log.at(-1)]).toEqual([2, 'refused']);
  });

  it('keeps the digests of those who are alive or suspect', () => {
    const { roster } = setup();
    const self = { id: nodeId(99), status: 'alive' as const, incarnation: 1n };
    const agrees = () =>
      expect(roster.digests(4, self)).toEqual(digestOf([...roster.present(), self], 4));
    agrees();
    const rumours = [
      ...[say('alive', 1), say('alive', 2), say('alive', 3), say('suspect', 1)],
      ...[say('alive', 1, 2n), say('suspect', 1, 2n), say('failed', 1, 2n), say('left', 2)],
      ...[say('failed', 3, 4n), say('alive', 1, 3n), say('alive', 3, 5n), say('alive', 3, 6n)],
    ];
    for (const rumour of rumours) {
      expect(roster.apply(rumour)).toBe(true);
      agrees();
    }
    roster.clear();
    agrees();
  });

  it('leaves no timer behind when it is cleared', () => {
    const { clock, roster } = setup();
    roster.apply(say('alive'));
    roster.apply(say('suspect'));
    roster.clear();
    expect(clock.pendingTimers).toBe(0);
    expect(roster.presentCount).toBe(0);
  });
});
