import { DirectoryKey, NodeId, Pattern, type PatternMatch, type Realm } from '@macula/core';
import { Interest, Interest_Match } from '@macula/wire';

const numbers: Readonly<Record<PatternMatch, Interest_Match>> = {
  exact: Interest_Match.EXACT,
  prefix: Interest_Match.PREFIX,
  wildcard: Interest_Match.WILDCARD,
};

const names = new Map<Interest_Match, PatternMatch>(
  (Object.keys(numbers) as PatternMatch[]).map((name) => [numbers[name], name]),
);

/** The nodes that an entry may name as inlets, so that it keeps within the directory's 4 KiB. */
export const maxInlets = 64;

/** What a directory value says. */
export interface AnnouncedPattern {
  readonly pattern: Pattern;
  /** Neighbours that take events for the announcing node. Empty: it takes them itself. */
  readonly inlets: readonly NodeId[];
}

/** The directory value that announces interest in a pattern. */
export function writeInterest(pattern: Pattern, inlets: readonly NodeId[] = []): Uint8Array {
  return Interest.encode({
    pattern: pattern.text,
    match: numbers[pattern.match],
    inlets: inlets.slice(0, maxInlets).map(({ bytes }) => bytes),
  }).finish();
}

/** The pattern of a directory value; undefined when it is none. Which names are allowed is the announcer's affair. */
export function readInterest(value: Uint8Array): AnnouncedPattern | undefined {
  try {
    const { pattern, match, inlets } = Interest.decode(value);
    const name = names.get(match);
    return (
      name && {
        pattern: Pattern.parse(pattern, { match: name, mode: 'loose' }),
        inlets: inlets.slice(0, maxInlets).map((bytes) => NodeId.fromBytes(bytes)),
      }
    );
  } catch {
    return undefined;
  }
}

/** Where patterns with this literal prefix are announced. */
export function interestKey(realm: Realm, prefix: string): DirectoryKey {
  return DirectoryKey.of(realm, 'subscription', prefix);
}
