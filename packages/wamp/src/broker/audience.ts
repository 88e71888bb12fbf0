import type { Dict } from '../dict.ts';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import type { ClientSession } from '../session/client-session.ts';

/** Entries that one list may have. */
const longestList = 1_000;

const lists = [
  ['exclude', 'id'],
  ['exclude_authid', 'authid'],
  ['exclude_authrole', 'authrole'],
  ['eligible', 'id'],
  ['eligible_authid', 'authid'],
  ['eligible_authrole', 'authrole'],
] as const;

type Subject = Pick<ClientSession, 'id' | 'authid' | 'authrole'>;

interface Rule {
  readonly subject: keyof Subject;
  readonly values: ReadonlySet<unknown>;
  /** Whether who is in the list may have the event. */
  readonly allows: boolean;
}

/** Black and white lists of a publication: whoever is in none of the first and in all of the second gets it. */
export class Audience {
  readonly #rules: readonly Rule[];
  /** The lists as they were given, for other routers. */
  readonly options: Dict;

  private constructor(rules: readonly Rule[], options: Dict) {
    this.#rules = rules;
    this.options = options;
  }

  /** Undefined where the options restrict nothing. Throws WampError. */
  static of(options: Dict): Audience | undefined {
    const rules: Rule[] = [];
    const given: Record<string, unknown> = {};
    for (const [name, subject] of lists) {
      const list = options[name];
      if (list === undefined || list === null) continue;
      if (!Array.isArray(list) || list.length > longestList) {
        throw new WampError(WampUri.invalidArgument, [
          `${name} must be a list of at most ${longestList} entries`,
        ]);
      }
      given[name] = list;
      rules.push({ subject, values: new Set(list), allows: name.startsWith('eligible') });
    }
    return rules.length === 0 ? undefined : new Audience(rules, given);
  }

  includes(session: Subject): boolean {
    return this.#rules.every(
      ({ subject, values, allows }) => values.has(session[subject]) === allows,
    );
  }
}
