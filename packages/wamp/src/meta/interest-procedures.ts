import type { Pattern, UriMode } from '@macula/core';
import type { Dict } from '../dict.ts';
import type { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import { patternOf } from '../uri-rules.ts';
import { idAt, type MetaProcedure, optionsAt, textAt } from './meta-procedures.ts';

/** A subscription or a registration. */
interface Interest {
  readonly id: number;
  readonly pattern: Pattern;
  readonly details: Dict;
}

/** The table that the procedures tell of. */
export interface InterestTable<T extends Interest> {
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

/** `wamp.subscription.*` and `wamp.registration.*`: what the clients of this router have. */
export function interestProcedures<T extends Interest>(
  table: InterestTable<T>,
  { prefix, members, membersOf, missing, matches }: InterestWording<T>,
  mode: UriMode,
): Record<string, MetaProcedure> {
  const get = (args: readonly unknown[]): T => {
    const id = idAt(args, 0);
    const found = table.get(id);
    if (found === undefined) throw new WampError(missing, [`there is no ${prefix} ${id} here`]);
    return found;
  };
  const ids = (match: string): number[] =>
    [...table.all()].filter(({ pattern }) => pattern.match === match).map(({ id }) => id);
  return {
    [`${prefix}.list`]: () => [
      { exact: ids('exact'), prefix: ids('prefix'), wildcard: ids('wildcard') },
    ],
    [`${prefix}.lookup`]: (_, args) => [
      table.find(patternOf(textAt(args, 0), optionsAt(args, 1), mode))?.id ?? null,
    ],
    [`${prefix}.match`]: (_, args) => {
      const found = table.match(textAt(args, 0)).sort(bySpecificity);
      if (matches === 'best') return [found[0]?.id ?? null];
      return [found.length === 0 ? null : found.map(({ id }) => id)];
    },
    [`${prefix}.get`]: (_, args) => [get(args).details],
    [`${prefix}.list_${members}`]: (_, args) => [membersOf(get(args))],
    [`${prefix}.count_${members}`]: (_, args) => [membersOf(get(args)).length],
  };
}

const order = ['exact', 'prefix', 'wildcard'];

/** Exact before prefix before wildcard; of the same kind the longer literal part. */
function bySpecificity(a: Interest, b: Interest): number {
  return (
    order.indexOf(a.pattern.match) - order.indexOf(b.pattern.match) ||
    b.pattern.literalPrefix.length - a.pattern.literalPrefix.length
  );
}
