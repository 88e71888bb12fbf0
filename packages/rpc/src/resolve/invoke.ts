/**
 * How one of several callees of a procedure is chosen.
 *
 * - `single`: there is one callee; further registrations are refused.
 * - `first`, `last`: the earliest or the latest registration that can be reached; the others stand by.
 * - `roundrobin`: each in turn, counted by every caller for itself.
 * - `random`: any, with equal chance.
 * - `fastest`: of two random ones the one with the smaller product of round-trip time and calls outstanding.
 */
export type Invoke = 'single' | 'first' | 'last' | 'roundrobin' | 'random' | 'fastest';

/** All policies, in the order of their numbers on the wire. */
export const invokePolicies: readonly Invoke[] = [
  'single',
  'first',
  'last',
  'roundrobin',
  'random',
  'fastest',
];
