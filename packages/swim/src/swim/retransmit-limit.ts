/**
 * How often a node passes a rumour on: λ · ⌈log10(n + 1)⌉ times. Infection-style dissemination reaches all of n
 * members with high probability when everybody repeats O(log n) times (SWIM, Das, Gupta and Motivala
 * 2002, §4.1); the form and λ = 4 are memberlist's.
 */
export function retransmitLimit(members: number, retransmitMult: number): number {
  return retransmitMult * Math.ceil(Math.log10(Math.max(1, members) + 1));
}
