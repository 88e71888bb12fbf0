import { Pattern, patternCovers, patternsOverlap } from '@macula/core';

/** Patterns with wildcards that are asked for one by one: each is compared with all others. */
const maxWide = 256;

/**
 * The fewest patterns that together ask for all that is wanted within `rule` and, as far as possible, for nothing else. No two of them
 * have a topic in common, so that nothing comes twice.
 */
export function coverOf(rule: Pattern, wanted: Iterable<Pattern>): Pattern[] {
  const exact = new Map<string, Pattern>();
  let wide: Pattern[] = [];
  for (const pattern of wanted) {
    if (!patternsOverlap(rule, pattern)) continue;
    const within = patternCovers(rule, pattern) ? pattern : rule;
    if (within.match === 'exact') {
      exact.set(within.text, within);
      continue;
    }
    if (wide.some((other) => patternCovers(other, within))) continue;
    const rest = wide.filter((other) => !patternCovers(within, other));
    if (rest.length >= maxWide || rest.some((other) => patternsOverlap(other, within))) {
      return [rule];
    }
    wide = [...rest, within];
  }
  const narrow = [...exact.values()].filter(({ text }) => !wide.some((one) => one.matches(text)));
  return [...narrow, ...wide];
}

/**
 * The nearest thing to a pattern that routers understand: a last `**` becomes a prefix. What a prefix brings in excess is for
 * the reader to leave out.
 */
export function routerPattern(pattern: Pattern): Pattern {
  const { match, segments, literalPrefix } = pattern;
  if (match !== 'wildcard') return pattern;
  const last = segments[segments.length - 1];
  const asWildcard = last !== '**' && last !== '*' && segments[0] !== '*';
  return asWildcard ? pattern : Pattern.parse(literalPrefix, { match: 'prefix', mode: 'loose' });
}

/** A pattern's text in WAMP's own spelling, where a wildcard is an empty segment. */
export function wampText({ match, segments, text }: Pattern): string {
  return match === 'wildcard'
    ? segments.map((segment) => (segment === '*' ? '' : segment)).join('.')
    : text;
}
