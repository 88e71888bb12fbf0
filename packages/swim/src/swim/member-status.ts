import { type MemberStatus, type MembershipChange } from '@macula/core';
import { setup, transition } from 'xstate';

/** What a rumour says, and whether its incarnation is the one that is known or a higher one. Older ones say nothing. */
export type StatusEvent = `${MemberStatus}.${'same' | 'newer'}`;
export type KnownStatus = MemberStatus | 'unknown';

/**
 * What a node thinks of a member: SWIM's rules of precedence (Das, Gupta and Motivala 2002, §4.2), with goodbyes
 * beside failures. A higher incarnation wins; of one incarnation, suspicion wins over life, and an
 * end over both. Only life in a higher incarnation leads back from an end.
 */
export const memberStatus = setup({
  types: { events: {} as { type: StatusEvent } },
}).createMachine({
  id: 'member',
  initial: 'unknown',
  states: {
    /** An end or a suspicion of somebody unknown makes no member. */
    unknown: { on: { 'alive.newer': 'alive' } },
    alive: {
      on: {
        'alive.newer': { target: 'alive', reenter: true },
        'suspect.same': 'suspect',
        'suspect.newer': 'suspect',
        'failed.same': 'failed',
        'failed.newer': 'failed',
        'left.same': 'left',
        'left.newer': 'left',
      },
    },
    /** A further suspicion of the same incarnation confirms this one and moves nothing. */
    suspect: {
      on: {
        'alive.newer': 'alive',
        'suspect.newer': { target: 'suspect', reenter: true },
        'failed.same': 'failed',
        'failed.newer': 'failed',
        'left.same': 'left',
        'left.newer': 'left',
      },
    },
    failed: { on: { 'alive.newer': 'alive' } },
    left: { on: { 'alive.newer': 'alive' } },
  },
});

const statuses: readonly MemberStatus[] = ['alive', 'suspect', 'failed', 'left'];
const known: readonly KnownStatus[] = ['unknown', ...statuses];

/** The chart's transitions as a table, since a mesh moves members far more often than an actor each would bear. */
const moves: ReadonlyMap<string, KnownStatus> = new Map(
  known.flatMap((from) =>
    statuses.flatMap((status) =>
      (['same', 'newer'] as const).flatMap((age) => {
        const event = { type: `${status}.${age}` } as const;
        const before = memberStatus.resolveState({ value: from });
        if (!before.can(event)) return [];
        const [after] = transition(memberStatus, before, event);
        return [[`${from} ${event.type}`, after.value] as const];
      }),
    ),
  ),
);

/** The status that follows, which may be the same one anew; undefined where the event changes nothing. */
export function statusAfter(from: KnownStatus, event: StatusEvent): KnownStatus | undefined {
  return moves.get(`${from} ${event}`);
}

/** What users of Membership are told of a move; `suspected` always comes before `failed`. */
export function changesOf(from: KnownStatus, to: KnownStatus): readonly MembershipChange['type'][] {
  const present = from === 'alive' || from === 'suspect';
  if (to === 'alive') return [!present ? 'joined' : from === 'suspect' ? 'recovered' : 'updated'];
  if (to === 'suspect') return from === 'alive' ? ['suspected'] : [];
  if (!present) return [];
  if (to === 'left') return ['left'];
  return from === 'alive' ? ['suspected', 'failed'] : ['failed'];
}
