import type { PublicationRequest } from '../broker/broker.ts';
import type { Dict } from '../dict.ts';
import { isDict } from '../dict.ts';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import type { ClientSession } from '../session/client-session.ts';
import { type OwnProcedure, textAt } from './meta-procedures.ts';

type Scope = 'destroyed' | 'detached';

interface Testament extends PublicationRequest {
  readonly scope: Scope;
}

/** Events that a session leaves to be published when it ends, however it ends. */
export class Testaments {
  readonly #limit: number;
  readonly #bySession = new Map<ClientSession, Testament[]>();

  /** `limit`: testaments of one session. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  readonly procedures: Readonly<Record<string, OwnProcedure>> = {
    'wamp.session.add_testament': (session, args, kwargs) => {
      this.#add(session, testamentOf(args, kwargs));
      return [];
    },
    'wamp.session.flush_testaments': (session, _, kwargs) => {
      const scope = scopeIn(kwargs);
      const before = this.#bySession.get(session) ?? [];
      const left = before.filter((testament) => testament.scope !== scope);
      this.#bySession.set(session, left);
      return [before.length - left.length];
    },
  };

  /** What the session leaves. It cannot be resumed, so both scopes end with it: `detached` comes first then. */
  take(session: ClientSession): readonly PublicationRequest[] {
    const testaments = this.#bySession.get(session) ?? [];
    this.#bySession.delete(session);
    const of = (wanted: Scope): Testament[] => testaments.filter(({ scope }) => scope === wanted);
    return [...of('detached'), ...of('destroyed')];
  }

  #add(session: ClientSession, testament: Testament): void {
    const testaments = this.#bySession.get(session) ?? [];
    if (testaments.length >= this.#limit) {
      throw new WampError(WampUri.unavailable, [`a session may leave ${this.#limit} testaments`]);
    }
    this.#bySession.set(session, [...testaments, testament]);
  }
}

function testamentOf(args: readonly unknown[], kwargs: Dict): Testament {
  const [, list, named] = args;
  const { publish_options: options = {} } = kwargs;
  if (!Array.isArray(list) || !isDict(named) || !isDict(options)) {
    throw new WampError(WampUri.invalidArgument, [
      'a testament is a topic, a list of arguments, and a map of named arguments',
    ]);
  }
  return { topic: textAt(args, 0), args: list, kwargs: named, options, scope: scopeIn(kwargs) };
}

function scopeIn({ scope = 'destroyed' }: Dict): Scope {
  if (scope === 'destroyed' || scope === 'detached') return scope;
  throw new WampError(WampUri.invalidArgument, ['scope must be destroyed or detached']);
}
