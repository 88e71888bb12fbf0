import type { Dict } from '../dict.ts';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import type { ClientSession } from '../session/client-session.ts';
import type { SessionRegistry } from '../session/session-registry.ts';
import { idAt, type MetaProcedure, textAt } from './meta-procedures.ts';

/** `wamp.session.*`: the clients of this router. */
export function sessionProcedures(sessions: SessionRegistry): Record<string, MetaProcedure> {
  const having = (roles: unknown): ClientSession[] =>
    [...sessions.all()].filter(({ authrole }) => !Array.isArray(roles) || roles.includes(authrole));
  const get = (id: number): ClientSession => {
    const session = sessions.get(id);
    if (session === undefined) {
      throw new WampError(WampUri.noSuchSession, [`there is no session ${id} at this router`]);
    }
    return session;
  };
  const kill = (
    self: ClientSession,
    kwargs: Dict,
    chosen: (session: ClientSession) => boolean,
  ): number[] => {
    const victims = [...sessions.all()].filter((other) => other !== self && chosen(other));
    for (const victim of victims) victim.kill(reasonIn(kwargs), messageIn(kwargs));
    return victims.map(({ id }) => id);
  };
  return {
    'wamp.session.count': (_, [roles]) => [having(roles).length],
    'wamp.session.list': (_, [roles]) => [having(roles).map(({ id }) => id)],
    'wamp.session.get': (_, args) => [get(idAt(args, 0)).details],
    'wamp.session.kill': (self, args, kwargs) => {
      const session = get(idAt(args, 0));
      if (session === self) {
        throw new WampError(WampUri.noSuchSession, ['a session cannot kill itself']);
      }
      session.kill(reasonIn(kwargs), messageIn(kwargs));
      return [];
    },
    'wamp.session.kill_by_authid': (self, args, kwargs) => {
      const authid = textAt(args, 0);
      return [kill(self, kwargs, (other) => other.authid === authid)];
    },
    'wamp.session.kill_by_authrole': (self, args, kwargs) => {
      const authrole = textAt(args, 0);
      return [kill(self, kwargs, (other) => other.authrole === authrole).length];
    },
    'wamp.session.kill_all': (self, _, kwargs) => [kill(self, kwargs, () => true).length],
  };
}

function reasonIn({ reason }: Dict): string {
  if (reason === undefined || reason === null) return WampUri.killed;
  if (typeof reason === 'string' && /^[^\s#.]+(?:\.[^\s#.]+)*$/.test(reason)) return reason;
  throw new WampError(WampUri.invalidUri, ['reason must be a URI']);
}

function messageIn({ message }: Dict): string | undefined {
  return typeof message === 'string' ? message : undefined;
}
