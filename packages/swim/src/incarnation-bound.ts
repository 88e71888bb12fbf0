/** How far the clocks of two members may differ, in milliseconds: a day. */
const greatestSkewMs = 86_400_000;
/** A clock that shows an earlier time than this (2024) has not been set, and judges nobody. */
const unsetBefore = 1_704_067_200_000;
/** Nobody's incarnation can be beyond this, whatever clocks show: 64 bits must not be exhausted. */
const highest = 2n ** 62n;

/**
 * The highest incarnation that is believed at `wallTimeMs`. Incarnations begin at the wall clock's milliseconds and rise by
 * one, so an honest one is hardly ahead of the clock. Who claims a later one of somebody else would have it ignored; as
 * the bound moves with time, the victim can always outdo a claim that was believed.
 */
export function latestIncarnation(wallTimeMs: number): bigint {
  if (wallTimeMs < unsetBefore) return highest;
  return BigInt(Math.floor(wallTimeMs) + greatestSkewMs);
}
