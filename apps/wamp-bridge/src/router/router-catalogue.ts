import { type Clock, type Logger, Pattern, type PatternMatch, type Timer } from '@macula/core';
import type { Uplink } from './uplink.ts';
import type { RouterHandle, RouterSession } from './router-session.ts';
import { RouterRefusal } from './router-errors.ts';

/** What a router's meta API can be asked for. */
export type RouterTable = 'subscription' | 'registration';

export interface RouterCatalogueDeps {
  readonly uplink: Uplink;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Put before the arguments of the meta procedures: Bondy wants the realm there. */
  readonly leadingArgs: readonly string[];
  /** Whether a session is this bridge's, or a fellow's. */
  readonly isOurs: (session: number) => boolean;
  /** Is called at the first change, and then once for all that come together. */
  readonly onChange: () => void;
}

const membersOf: Readonly<Record<RouterTable, string>> = {
  subscription: 'list_subscribers',
  registration: 'list_callees',
};

const topicsOf: Readonly<Record<RouterTable, readonly string[]>> = {
  subscription: ['on_create', 'on_subscribe', 'on_unsubscribe', 'on_delete'],
  registration: ['on_create', 'on_register', 'on_unregister', 'on_delete'],
};

/** Subscriptions or registrations that a bridge takes note of. */
const maxEntries = 100_000;
const questionsAtATime = 16;
const timeoutMs = 10_000;
/** Milliseconds for which changes are collected after one was told: of single ones, and while there is more to ask. */
const quietMs = 5;
const quietWhileAskingMs = 100;

/**
 * What the clients of a router subscribe to, or offer, kept current by its meta API (WAMP advanced profile, "Subscription Meta
 * API", "Registration Meta API"). While the router is away the last state stands.
 */
export class RouterCatalogue {
  readonly #table: RouterTable;
  readonly #deps: RouterCatalogueDeps;
  readonly #entries = new Map<number, Pattern>();
  readonly #watches: { end(): Promise<void> }[];
  /** What to ask about; an entry that changes while it is asked about is asked about again. */
  readonly #due = new Set<number>();
  #asking = 0;
  #quiet: Timer | undefined;
  /** Whether something has changed since anybody was told. */
  #untold = false;
  #closed = false;
  #session: RouterSession | undefined;

  constructor(table: RouterTable, deps: RouterCatalogueDeps) {
    this.#table = table;
    this.#deps = deps;
    this.#watches = topicsOf[table].map((name) =>
      deps.uplink.want(`wamp.${table}.${name}`, (session) => this.#watch(session, name)),
    );
    this.#watches.push(
      deps.uplink.want(`wamp.${table}.list`, async (session) => {
        await this.#list(session);
        return { id: 0, end: async () => undefined };
      }),
    );
  }

  /** What others than bridges have, each pattern once. */
  patterns(): Pattern[] {
    const found = new Map<string, Pattern>();
    for (const pattern of this.#entries.values()) found.set(pattern.key, pattern);
    return [...found.values()];
  }

  /** To be called when it has become known which sessions are bridges'. */
  reconsider(): void {
    if (this.#session !== undefined) void this.#list(this.#session).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#session = undefined;
    this.#due.clear();
    this.#closed = true;
    this.#quiet?.cancel();
    await Promise.all(this.#watches.map((watch) => watch.end()));
  }

  #watch(session: RouterSession, name: string): Promise<RouterHandle> {
    return session.subscribe(`wamp.${this.#table}.${name}`, 'exact', ({ args }) => {
      const subject = args[1];
      const id =
        typeof subject === 'object' && subject !== null
          ? (subject as { id?: unknown }).id
          : subject;
      const number = Number(id);
      if (!Number.isSafeInteger(number)) return;
      if (name === 'on_delete') {
        this.#due.delete(number);
        if (this.#entries.delete(number)) this.#changed();
      } else this.#ask(session, number);
    });
  }

  async #list(session: RouterSession): Promise<void> {
    this.#session = session;
    const [lists] = await this.#call(session, 'list', []);
    const ids = Object.values((lists ?? {}) as Record<string, unknown>)
      .flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []))
      .map(Number)
      .filter(Number.isSafeInteger);
    const current = new Set(ids);
    let changed = false;
    for (const id of [...this.#entries.keys()]) {
      if (!current.has(id)) changed = this.#entries.delete(id) || changed;
    }
    if (changed) this.#changed();
    for (const id of current) this.#ask(session, id);
  }

  #ask(session: RouterSession, id: number): void {
    if (this.#due.size >= maxEntries) return;
    this.#due.add(id);
    if (this.#asking < questionsAtATime) void this.#work(session);
  }

  async #work(session: RouterSession): Promise<void> {
    this.#asking++;
    try {
      for (const id of this.#due) {
        this.#due.delete(id);
        await this.#examine(session, id);
      }
    } catch (error) {
      this.#deps.logger.debug({ error, table: this.#table }, 'asking the router was interrupted');
    } finally {
      this.#asking--;
    }
  }

  async #examine(session: RouterSession, id: number): Promise<void> {
    let found: Pattern | undefined;
    try {
      const [details] = await this.#call(session, 'get', [id]);
      const [members] = await this.#call(session, membersOf[this.#table], [id]);
      const foreign =
        Array.isArray(members) && members.some((member) => !this.#deps.isOurs(Number(member)));
      if (foreign) found = patternOf(details);
    } catch (error) {
      if (!(error instanceof RouterRefusal)) throw error;
    }
    const former = this.#entries.get(id);
    if (former?.key === found?.key) return;
    if (found === undefined) this.#entries.delete(id);
    else if (this.#entries.size < maxEntries) this.#entries.set(id, found);
    this.#changed();
  }

  /** Whoever is told looks at all entries: at once, but not again for each of the thousands that a new session may bring. */
  #changed(): void {
    if (this.#closed) return;
    if (this.#quiet !== undefined) {
      this.#untold = true;
      return;
    }
    this.#untold = false;
    this.#quiet = this.#deps.clock.setTimer(
      () => {
        this.#quiet = undefined;
        if (this.#untold) this.#changed();
      },
      this.#due.size > 0 ? quietWhileAskingMs : quietMs,
    );
    this.#deps.onChange();
  }

  async #call(
    session: RouterSession,
    name: string,
    args: readonly unknown[],
  ): Promise<readonly unknown[]> {
    const call = { args: [...this.#deps.leadingArgs, ...args], kwargs: {} };
    const result = await session.call(`wamp.${this.#table}.${name}`, call, { timeoutMs });
    return result.args;
  }
}

/** Names that the mesh cannot have, and the router's own, do not cross. */
function patternOf(details: unknown): Pattern | undefined {
  const { uri, match } = (details ?? {}) as { uri?: unknown; match?: unknown };
  if (typeof uri !== 'string' || uri.startsWith('wamp.')) return undefined;
  try {
    return Pattern.parse(uri, { match: (match ?? 'exact') as PatternMatch, mode: 'loose' });
  } catch {
    return undefined;
  }
}
