import { type Pattern, PatternIndex, type Unsubscribe } from '@macula/core';
import type { Dict } from '../dict.ts';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import type { RouterContext } from '../router-context.ts';
import type { ClientSession } from '../session/client-session.ts';
import { freshId } from '../wamp-id.ts';

/** What names an interest, and what the meta API tells of it. */
export interface InterestParts {
  readonly id: number;
  readonly pattern: Pattern;
  /** The text as the first client wrote it. */
  readonly uri: string;
  /** ISO 8601. */
  readonly created: string;
}

/** A subscription or a registration: WAMP gives all sessions that have it one ID. */
export interface Interest {
  readonly id: number;
  readonly pattern: Pattern;
  /** What the meta API tells of it. */
  readonly details: Dict;
  /** Whether a session is in. */
  has(session: ClientSession): boolean;
  add(session: ClientSession): void;
  delete(session: ClientSession): void;
}

/** An interest that was begun, and the mesh's word on it. */
export interface OpenedInterest<T extends Interest> {
  readonly interest: T;
  /** Settled when the mesh knows of it: with what tells the mesh that it is over. */
  readonly ready: Promise<() => Promise<void>>;
}

/** What a session asks for when it wants to have an interest. */
export interface InterestRequest<T extends Interest> {
  readonly uri: string;
  readonly pattern: Pattern;
  /** Begins an interest that no session here has. */
  open(parts: InterestParts): OpenedInterest<T>;
  /** Throws WampError where the session may not share what others have. `asked`: it is in, or waits to be. */
  checkShared?(interest: T, asked: boolean): void;
  /** Answers the session: at once when it is in, for it must not get anything by an interest that it has not heard of. */
  accepted(interest: T): void;
}

/** What tells the two kinds of interests apart. */
export interface InterestKind {
  /** In the names of the meta API's topics. */
  readonly noun: 'subscription' | 'registration';
  readonly verb: 'subscribe' | 'register';
  /** How many of them one session may have. */
  readonly limit: number;
}

interface Entry<T extends Interest> extends OpenedInterest<T> {
  readonly unindex: Unsubscribe;
  /** Sessions that are in or wait to be, and how many of their requests count on the entry. */
  readonly users: Map<ClientSession, number>;
}

/** Who has which interest at this router. Whatever its clients share, the mesh hears of once. */
export class InterestTable<T extends Interest> {
  readonly #context: RouterContext;
  readonly #kind: InterestKind;
  readonly #byKey = new Map<string, Entry<T>>();
  readonly #byId = new Map<number, Entry<T>>();
  readonly #bySession = new Map<ClientSession, Set<Entry<T>>>();
  /** Requests of each session that wait for the mesh. */
  readonly #waiting = new Map<ClientSession, number>();
  readonly #index = new PatternIndex<T>();

  constructor(context: RouterContext, kind: InterestKind) {
    this.#context = context;
    this.#kind = kind;
  }

  /** False when the session has no such interest. */
  leave(session: ClientSession, id: number): boolean {
    const entry = this.#byId.get(id);
    if (entry === undefined || this.#bySession.get(session)?.delete(entry) !== true) return false;
    this.#remove(entry, session);
    return true;
  }

  /** Takes a session out of everything. */
  leaveAll(session: ClientSession): void {
    const entries = this.#bySession.get(session);
    this.#bySession.delete(session);
    if (entries !== undefined) for (const entry of entries) this.#remove(entry, session);
  }

  match(uri: string): T[] {
    return this.#index.match(uri);
  }

  get(id: number): T | undefined {
    return this.#byId.get(id)?.interest;
  }

  find(pattern: Pattern): T | undefined {
    return this.#byKey.get(pattern.key)?.interest;
  }

  *all(): Iterable<T> {
    for (const { interest } of this.#byId.values()) yield interest;
  }

  /** Resolves when the mesh knows of it. Throws WampError or what the mesh says. */
  protected async enter(session: ClientSession, request: InterestRequest<T>): Promise<T> {
    const { noun, limit } = this.#kind;
    const waiting = this.#waiting.get(session) ?? 0;
    const held = this.#bySession.get(session)?.size ?? 0;
    if (held + waiting >= limit) {
      throw new WampError(WampUri.unavailable, [
        `this session has ${held} ${noun}s already, and asks for ${waiting} more`,
      ]);
    }
    this.#waiting.set(session, waiting + 1);
    try {
      return await this.#enter(session, request);
    } finally {
      const left = (this.#waiting.get(session) ?? 1) - 1;
      if (left > 0) this.#waiting.set(session, left);
      else this.#waiting.delete(session);
    }
  }

  async #enter(session: ClientSession, request: InterestRequest<T>): Promise<T> {
    const known = this.#byKey.get(request.pattern.key);
    if (known !== undefined) request.checkShared?.(known.interest, known.users.has(session));
    const entry = known ?? this.#create(session, request);
    entry.users.set(session, (entry.users.get(session) ?? 0) + 1);
    try {
      await entry.ready;
    } catch (error) {
      this.#release(entry, session);
      throw error;
    }
    const { interest } = entry;
    if (!session.open || interest.has(session)) {
      this.#release(entry, session);
      request.accepted(interest);
      return interest;
    }
    interest.add(session);
    const entries = this.#bySession.get(session);
    if (entries === undefined) this.#bySession.set(session, new Set([entry]));
    else entries.add(entry);
    request.accepted(interest);
    this.#announce(`on_${this.#kind.verb}`, session, interest.id);
    return interest;
  }

  #create(session: ClientSession, request: InterestRequest<T>): Entry<T> {
    const { random, clock } = this.#context;
    const { uri, pattern } = request;
    const created = new Date(clock.wallTime()).toISOString();
    const { interest, ready } = request.open({
      id: freshId(random, this.#byId),
      pattern,
      uri,
      created,
    });
    ready.catch(() => undefined);
    const unindex = this.#index.add(pattern, interest);
    const entry: Entry<T> = { interest, unindex, ready, users: new Map() };
    this.#byKey.set(pattern.key, entry);
    this.#byId.set(interest.id, entry);
    this.#announce('on_create', session, interest.details);
    return entry;
  }

  #remove(entry: Entry<T>, session: ClientSession): void {
    entry.interest.delete(session);
    this.#announce(`on_un${this.#kind.verb}`, session, entry.interest.id);
    this.#release(entry, session);
  }

  #release(entry: Entry<T>, session: ClientSession): void {
    const { interest, users, unindex, ready } = entry;
    const uses = (users.get(session) ?? 0) - 1;
    if (uses > 0) users.set(session, uses);
    else users.delete(session);
    if (users.size > 0) return;
    unindex();
    this.#byKey.delete(interest.pattern.key);
    this.#byId.delete(interest.id);
    this.#announce('on_delete', session, interest.id);
    ready
      .then((withdraw) => withdraw())
      .catch((error: unknown) => {
        this.#context.logger.debug({ error }, `a ${this.#kind.noun} had gone already`);
      });
  }

  #announce(event: string, session: ClientSession, what: unknown): void {
    this.#context.announce(`wamp.${this.#kind.noun}.${event}`, [session.id, what]);
  }
}
