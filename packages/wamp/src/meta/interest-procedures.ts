import { maxUriLength, maxUriSegments, type Pattern, type UriMode } from '@macula/core';
import { type Dict, isDict } from '../dict.ts';
import type { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import { patternOf } from '../uri-rules.ts';
import { isId } from '../wamp-id.ts';
import { idAt, optionsAt, type RealmProcedure, realmProcedure, textAt } from './meta-procedures.ts';
import { areIds, foundBy, isCount, type Summary } from './summary.ts';

/** A subscription or a registration. */
interface Interest {
  readonly id: number;
  readonly pattern: Pattern;
  readonly details: Dict;
}

/** The table that the procedures tell of. */
export interface InterestSource<T extends Interest> {
  all(): Iterable<T>;
  get(id: number): T | undefined;
  find(pattern: Pattern): T | undefined;
  match(uri: string): T[];
}

export interface InterestWording<T extends Interest> {
  /** `wamp.subscription` or `wamp.registration`. */
  readonly prefix: string;
  /** `subscribers` or `callees`. */
  readonly members: string;
  readonly membersOf: (interest: T) => number[];
  readonly missing: WampUri;
  /** What `match` answers: all that match, or the one that counts. */
  readonly matches: 'all' | 'best';
}

/**
 * `wamp.subscription.*` and `wamp.registration.*`: what the clients of all routers of the realm have. Each router has
 * IDs of its own, so what clients of two routers have in common has two.
 */
export function interestProcedures<T extends Interest>(
  source: InterestSource<T>,
  { prefix, members, membersOf, missing, matches }: InterestWording<T>,
  mode: UriMode,
): Record<string, RealmProcedure> {
  const none = (): WampError => new WampError(missing, [`there is no such ${prefix} in the realm`]);
  const get = (args: readonly unknown[]): T | undefined => source.get(idAt(args, 0));
  const membersAt = (args: readonly unknown[]): number[] | null => {
    const interest = get(args);
    return interest === undefined ? null : membersOf(interest);
  };
  const candidates = (uri: string): Candidate[] =>
    source.match(uri).map(({ id, pattern }) => [id, rankOf(pattern)]);
  const ids = (match: string): number[] =>
    [...source.all()].filter(({ pattern }) => pattern.match === match).map(({ id }) => id);
  return {
    [`${prefix}.list`]: realmProcedure(byMatch, () => ({
      exact: ids('exact'),
      prefix: ids('prefix'),
      wildcard: ids('wildcard'),
    })),
    [`${prefix}.lookup`]: realmProcedure(
      oldest,
      (_, args) =>
        source.find(patternOf(textAt(args, 0), optionsAt(args, 1), mode))?.details ?? null,
    ),
    [`${prefix}.match`]: realmProcedure(matches === 'all' ? allMatches : bestMatch, (_, args) =>
      candidates(textAt(args, 0)),
    ),
    [`${prefix}.get`]: realmProcedure(
      foundBy<Dict>(isDict, none),
      (_, args) => get(args)?.details ?? null,
    ),
    [`${prefix}.list_${members}`]: realmProcedure(
      foundBy<readonly number[]>(areIds, none),
      (_, args) => membersAt(args),
    ),
    [`${prefix}.count_${members}`]: realmProcedure(
      foundBy<number>(isCount, none),
      (_, args) => membersAt(args)?.length ?? null,
    ),
  };
}

const kinds = ['exact', 'prefix', 'wildcard'] as const;
type Lists = Readonly<Record<(typeof kinds)[number], readonly number[]>>;

/** IDs under the kind of their pattern. */
const byMatch: Summary<Lists> = {
  isPart: (value) => isDict(value) && kinds.every((kind) => areIds(value[kind])),
  isWhole: () => false,
  merge: (parts) => [
    Object.fromEntries(kinds.map((kind) => [kind, parts.flatMap((part) => part[kind])])),
  ],
};

/** The interest of the router that was asked, else the one that has been there longest. */
const oldest: Summary<Dict | null> = {
  isPart: (value) =>
    value === null || (isDict(value) && isId(value['id']) && typeof value['created'] === 'string'),
  isWhole: (part) => part !== null,
  merge(parts) {
    const there = parts.filter((part) => part !== null);
    const created = (details: Dict): string => details['created'] as string;
    // Times of one form, so that their text has their order.
    const [first] = there.sort((a, b) => (created(a) < created(b) ? -1 : 1));
    return [first?.['id'] ?? null];
  },
};

/** An interest that matches: its ID, and what sorts it by how specific it is. */
type Candidate = readonly [id: number, rank: string];

const allMatches: Summary<readonly Candidate[]> = {
  isPart: areCandidates,
  isWhole: () => false,
  merge(parts) {
    const sorted = bySpecificity(parts);
    return [sorted.length === 0 ? null : sorted.map(([id]) => id)];
  },
};

const bestMatch: Summary<readonly Candidate[]> = {
  ...allMatches,
  merge: (parts) => [bySpecificity(parts)[0]?.[0] ?? null],
};

/** Of two that are as specific, that of the router asked comes first. */
function bySpecificity(parts: readonly (readonly Candidate[])[]): Candidate[] {
  return parts.flat().sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/**
 * Sorts patterns as calls choose among them: exact before prefix before wildcard; of wildcards the one that has a
 * literal segment where the other has none, seen from the left; then the longer one.
 */
function rankOf({ match, segments, text }: Pattern): string {
  const wildness = segments.map((segment) => (segment === '**' ? 2 : segment === '*' ? 1 : 0));
  const shortness = maxUriLength - text.length;
  return `${kinds.indexOf(match)}.${wildness.join('').padEnd(maxUriSegments, '0')}.${String(shortness).padStart(4, '0')}`;
}

function areCandidates(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (one) => Array.isArray(one) && one.length === 2 && isId(one[0]) && typeof one[1] === 'string',
    )
  );
}
