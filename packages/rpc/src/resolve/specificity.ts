import type { Pattern } from '@macula/core';

const rankOfMatch = { exact: 0, prefix: 1, wildcard: 2 } as const;

/**
 * Orders patterns that match the same procedure, the one to be called first: exact before prefix before
 * wildcard; of prefixes the longest; of wildcards the one that is literal for longer from the left, a `*`
 * before a `**` (WAMP Advanced Profile, "Pattern-based Registrations", best matching).
 */
export function compareSpecificity(a: Pattern, b: Pattern): number {
  const byMatch = rankOfMatch[a.match] - rankOfMatch[b.match];
  if (byMatch !== 0) return byMatch;
  if (a.match === 'wildcard') {
    const length = Math.max(a.segments.length, b.segments.length);
    for (let i = 0; i < length; i++) {
      const difference = rankOfSegment(a.segments[i]) - rankOfSegment(b.segments[i]);
      if (difference !== 0) return difference;
    }
  }
  if (a.text.length !== b.text.length) return b.text.length - a.text.length;
  return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
}

/** A missing segment is as specific as a literal one: 'a.*' says more about 'a.b' than 'a.**' does. */
function rankOfSegment(segment: string | undefined): number {
  return segment === '**' ? 2 : segment === '*' ? 1 : 0;
}
