import { type Dict, isDict } from '../dict.ts';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import type { ClientSession } from '../session/client-session.ts';
import type { SessionRegistry } from '../session/session-registry.ts';
import {
  type Asker,
  idAt,
  type RealmProcedure,
  realmProcedure,
  textAt,
} from './meta-procedures.ts';
import { foundBy, total, union } from './summary.ts';

const found = foundBy<Dict>(isDict, noSuchSession);
const killed = foundBy<true>((value) => value === true, noSuchSession);

/** `wamp.session.*`: the clients of all routers of the realm. */
export function sessionProcedures(sessions: SessionRegistry): Record<string, RealmProcedure> {
  const having = (roles: unknown): ClientSession[] =>
    [...sessions.all()].filter(({ authrole }) => !Array.isArray(roles) || roles.includes(authrole));
  const kill = (
    asker: Asker,
    kwargs: Dict,
    chosen: (session: ClientSession) => boolean,
  ): number[] => {
    const [reason, message] = [reasonIn(kwargs), messageIn(kwargs)];
    const victims = [...sessions.all()].filter((other) => other.id !== asker.id && chosen(other));
    for (const victim of victims) victim.kill(reason, message);
    return victims.map(({ id }) => id);
  };
  return {
    'wamp.session.count': realmProcedure(total, (_, [roles]) => having(roles).length),
    'wamp.session.list': realmProcedure(union, (_, [roles]) => having(roles).map(({ id }) => id)),
    'wamp.session.get': realmProcedure(
      found,
      (_, args) => sessions.get(idAt(args, 0))?.details ?? null,
    ),
    'wamp.session.kill': realmProcedure(killed, (asker, args, kwargs) => {
      const wanted = idAt(args, 0);
      if (wanted === asker.id) {
        throw new WampError(WampUri.noSuchSession, ['a session cannot kill itself']);
      }
      return kill(asker, kwargs, ({ id }) => id === wanted).length > 0 || null;
    }),
    'wamp.session.kill_by_authid': realmProcedure(union, (asker, args, kwargs) => {
      const authid = textAt(args, 0);
      return kill(asker, kwargs, (other) => other.authid === authid);
    }),
    'wamp.session.kill_by_authrole': realmProcedure(total, (asker, args, kwargs) => {
      const authrole = textAt(args, 0);
      return kill(asker, kwargs, (other) => other.authrole === authrole).length;
    }),
    'wamp.session.kill_all': realmProcedure(
      total,
      (asker, _, kwargs) => kill(asker, kwargs, () => true).length,
    ),
  };
}

function noSuchSession(): WampError {
  return new WampError(WampUri.noSuchSession, ['there is no such session in the realm']);
}

function reasonIn({ reason }: Dict): string {
  if (reason === undefined || reason === null) return WampUri.killed;
  if (typeof reason === 'string' && /^[^\s#.]+(?:\.[^\s#.]+)*$/.test(reason)) return reason;
  throw new WampError(WampUri.invalidUri, ['reason must be a URI']);
}

function messageIn({ message }: Dict): string | undefined {
  return typeof message === 'string' ? message : undefined;
}
