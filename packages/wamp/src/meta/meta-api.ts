import type { Broker } from '../broker/broker.ts';
import { trimmed } from '../body-value.ts';
import type { Dealer } from '../dealer/dealer.ts';
import { emptyDict, emptyList } from '../dict.ts';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import { failureOf } from '../failure.ts';
import type { WampMessage } from '../message/message.ts';
import type { RouterContext } from '../router-context.ts';
import type { ClientSession } from '../session/client-session.ts';
import type { SessionRegistry } from '../session/session-registry.ts';
import { interestProcedures } from './interest-procedures.ts';
import type { MetaProcedure } from './meta-procedures.ts';
import { sessionProcedures } from './session-procedures.ts';
import { Testaments } from './testaments.ts';

/** WAMP's meta procedures: what this router knows of its own clients. */
export class MetaApi {
  readonly testaments: Testaments;
  readonly #context: RouterContext;
  readonly #procedures: ReadonlyMap<string, MetaProcedure>;

  constructor(context: RouterContext, sessions: SessionRegistry, broker: Broker, dealer: Dealer) {
    const { uriMode, maxTestaments } = context.settings;
    this.#context = context;
    this.testaments = new Testaments(maxTestaments);
    const subscriptions = interestProcedures(
      broker.subscriptions,
      {
        prefix: 'wamp.subscription',
        members: 'subscribers',
        membersOf: (subscription) => [...subscription.sessions].map(({ id }) => id),
        missing: WampUri.noSuchSubscription,
        matches: 'all',
      },
      uriMode,
    );
    const registrations = interestProcedures(
      dealer.registrations,
      {
        prefix: 'wamp.registration',
        members: 'callees',
        membersOf: (registration) => registration.callees.map(({ id }) => id),
        missing: WampUri.noSuchRegistration,
        matches: 'best',
      },
      uriMode,
    );
    this.#procedures = new Map(
      Object.entries({
        ...sessionProcedures(sessions),
        ...subscriptions,
        ...registrations,
        ...this.testaments.procedures,
      }),
    );
  }

  /** Answers a call of `wamp.…`. */
  onCall(session: ClientSession, message: WampMessage<'call'>): void {
    const { request } = message;
    try {
      const args = this.#call(session, message);
      session.send({ type: 'result', request, details: {}, ...trimmed({ args }) });
    } catch (error) {
      session.send({ ...failureOf(error), requestType: 'call', request });
    }
  }

  #call(session: ClientSession, message: WampMessage<'call'>): readonly unknown[] {
    const { procedure, args = emptyList, kwargs = emptyDict } = message;
    const answer = this.#procedures.get(procedure);
    if (answer === undefined) {
      throw new WampError(WampUri.noSuchProcedure, [`this router has no procedure ${procedure}`]);
    }
    if (!this.#context.settings.authorize(session, 'call', procedure)) {
      throw new WampError(WampUri.notAuthorized, [`${session.authid} may not call ${procedure}`]);
    }
    return answer(session, args, kwargs);
  }
}
