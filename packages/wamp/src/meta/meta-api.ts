import { checkAllowed } from '../authorization.ts';
import { trimmed } from '../body-value.ts';
import type { Broker } from '../broker/broker.ts';
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
import type { RealmProcedure } from './meta-procedures.ts';
import type { Question } from './question.ts';
import { type Answers, RealmRouters } from './realm-routers.ts';
import { sessionProcedures } from './session-procedures.ts';
import { Testaments } from './testaments.ts';

/** In RESULT.Details: how many routers gave no part of the answer. */
const missingKey = '_missing_routers';

const nothing: Answers = { parts: [], failures: [] };

/** WAMP's meta procedures: what the routers of the realm know of their clients. */
export class MetaApi {
  readonly testaments: Testaments;
  readonly #context: RouterContext;
  readonly #procedures: ReadonlyMap<string, RealmProcedure>;
  readonly #routers: RealmRouters;

  constructor(context: RouterContext, sessions: SessionRegistry, broker: Broker, dealer: Dealer) {
    const { uriMode, maxTestaments } = context.settings;
    this.#context = context;
    this.testaments = new Testaments(maxTestaments);
    this.#routers = new RealmRouters(context, (question) => this.#partOf(question));
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
      Object.entries({ ...sessionProcedures(sessions), ...subscriptions, ...registrations }),
    );
  }

  start(): Promise<void> {
    return this.#routers.start();
  }

  stop(): Promise<void> {
    return this.#routers.stop();
  }

  /** Answers a call of `wamp.…`. */
  onCall(session: ClientSession, message: WampMessage<'call'>): void {
    try {
      this.#call(session, message);
    } catch (error) {
      refuse(session, message, error);
    }
  }

  #call(session: ClientSession, message: WampMessage<'call'>): void {
    const { procedure, args = emptyList, kwargs = emptyDict } = message;
    const own = this.testaments.procedures[procedure];
    if (own !== undefined) {
      checkAllowed(this.#context, session, 'call', procedure);
      reply(session, message, own(session, args, kwargs), 0);
      return;
    }
    const question = { procedure, asker: session, args, kwargs };
    const part = this.#partOf(question);
    const asked = this.#procedures.get(procedure) as RealmProcedure;
    if (asked.isWhole(part) || this.#routers.alone) {
      this.#answer(session, message, part, nothing);
      return;
    }
    const answered = this.#routers
      .ask(question, asked.isPart)
      .then((answers) => this.#answer(session, message, part, answers))
      .catch((error: unknown) => refuse(session, message, error));
    session.paceBy(answered, this.#context.settings.maxPublications);
  }

  /** Puts this router's part and the others' together. Throws WampError where they come to nothing. */
  #answer(
    session: ClientSession,
    message: WampMessage<'call'>,
    part: unknown,
    { parts, failures }: Answers,
  ): void {
    const { metrics, logger } = this.#context;
    const { procedure } = message;
    for (const error of failures) {
      metrics.missingParts.inc();
      logger.info({ error, procedure }, 'a router gave no part of an answer');
    }
    const { merge } = this.#procedures.get(procedure) as RealmProcedure;
    let merged: readonly unknown[];
    try {
      merged = merge([part, ...parts]);
    } catch (error) {
      // What nobody has found may be where nobody answered: then the reason for that is the truth.
      throw failures[0] ?? error;
    }
    reply(session, message, merged, failures.length);
  }

  /** What this router has to say. Throws WampError. */
  #partOf({ procedure, asker, args, kwargs }: Question): unknown {
    const asked = this.#procedures.get(procedure);
    if (asked === undefined) {
      throw new WampError(WampUri.noSuchProcedure, [`routers have no procedure ${procedure}`]);
    }
    checkAllowed(this.#context, asker, 'call', procedure);
    return asked.part(asker, args, kwargs);
  }
}

function reply(
  session: ClientSession,
  { request }: WampMessage<'call'>,
  args: readonly unknown[],
  missing: number,
): void {
  const details = missing === 0 ? emptyDict : { [missingKey]: missing };
  session.send({ type: 'result', request, details, ...trimmed({ args }) });
}

function refuse(session: ClientSession, { request }: WampMessage<'call'>, error: unknown): void {
  session.send({ ...failureOf(error), requestType: 'call', request });
}
