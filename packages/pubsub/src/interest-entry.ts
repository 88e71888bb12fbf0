import { DirectoryKey, Pattern, type PatternMatch, type Realm } from '@macula/core';
import { Interest, Interest_Match } from '@macula/wire';

const numbers: Readonly<Record<PatternMatch, Interest_Match>> = {
  exact: Interest_Match.EXACT,
  prefix: Interest_Match.PREFIX,
  wildcard: Interest_Match.WILDCARD,
};

const names = new Map<Interest_Match, PatternMatch>(
  (Object.keys(numbers) as PatternMatch[]).map((name) => [numbers[name], name]),
);

/** The directory value that announces interest in a pattern. */
export function writeInterest(pattern: Pattern): Uint8Array {
  return Interest.encode({
    pattern: pattern.text,
    match: numbers[pattern.match],
    inlets: [],
  }).finish();
}

/** The pattern of a directory value; undefined when it is none. Which names are allowed is the announcer's affair. */
export function readInterest(value: Uint8Array): Pattern | undefined {
  try {
    const { pattern, match } = Interest.decode(value);
    const name = names.get(match);
    return name && Pattern.parse(pattern, { match: name, mode: 'loose' });
  } catch {
    return undefined;
  }
}

/** Where patterns with this literal prefix are announced. */
export function interestKey(realm: Realm, prefix: string): DirectoryKey {
  return DirectoryKey.of(realm, 'subscription', prefix);
}
