import type { PatternMatch } from '@macula/core';
import { Errors, Wampy, type WampyOptions } from './wampy-client.ts';
import { RouterGoneError, RouterRefusal } from './router-errors.ts';
import type {
  Arguments,
  RouterCallOptions,
  RouterEvent,
  RouterHandle,
  RouterInvocation,
  RouterRole,
  RouterSession,
} from './router-session.ts';

interface Welcome {
  readonly roles?: Readonly<
    Record<string, { readonly features?: Readonly<Record<string, boolean>> } | undefined>
  >;
}

interface WampyFailure {
  readonly errorUri?: string;
  readonly error?: unknown;
  readonly argsList?: unknown[];
  readonly argsDict?: Record<string, unknown>;
  readonly message?: string;
}

const none: readonly unknown[] = Object.freeze([]);
const noKwargs: Readonly<Record<string, unknown>> = Object.freeze({});

/** Opens a session by wampy, once: whoever wants another one after this is lost opens it. Rejects with RouterGoneError or RouterRefusal. */
export async function openWampySession(
  url: string,
  options: WampyOptions,
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<RouterSession> {
  let tellLost: (reason: string) => void = () => undefined;
  const lost = new Promise<string>((resolve) => {
    tellLost = resolve;
  });
  let lastError = 'the connection was closed';
  const client = new Wampy(url, {
    ...options,
    autoReconnect: false,
    uriValidation: 'loose',
    onClose: () => tellLost(lastError),
    onError: (error: Error) => {
      lastError = reasonOf(error);
    },
  });
  const signal = AbortSignal.any([limits.signal, AbortSignal.timeout(limits.timeoutMs)]);
  const welcome = await new Promise<Welcome>((resolve, reject) => {
    const giveUp = (): void => {
      client.disconnect().catch(() => undefined);
      reject(new RouterGoneError(`the router at ${url} did not let the bridge in in time`));
    };
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    // A connection that is closed before WELCOME leaves wampy's own promise open.
    void lost.then((reason) => reject(new RouterGoneError(`no session at ${url}: ${reason}`)));
    client
      .connect()
      .then(
        (details) => resolve(details),
        (error: unknown) => reject(failureOf(error, `no session at ${url}`)),
      )
      .finally(() => signal.removeEventListener('abort', giveUp));
  });
  return new WampySession(client, welcome, lost, (reason) => tellLost(reason));
}

class WampySession implements RouterSession {
  readonly id: number;
  readonly lost: Promise<string>;
  readonly #client: Wampy;
  readonly #welcome: Welcome;
  readonly #tellLost: (reason: string) => void;
  #live = true;
  #closing: Promise<void> | undefined;

  constructor(
    client: Wampy,
    welcome: Welcome,
    lost: Promise<string>,
    tellLost: (reason: string) => void,
  ) {
    this.id = Number(client.getSessionId());
    this.#client = client;
    this.#welcome = welcome;
    this.lost = lost;
    this.#tellLost = tellLost;
    void lost.then(() => {
      this.#live = false;
    });
  }

  has(role: RouterRole, feature: string): boolean {
    return this.#welcome.roles?.[role]?.features?.[feature] === true;
  }

  publish(topic: string, { args, kwargs }: Arguments): Promise<void> {
    if (!this.#live) return Promise.reject(this.#gone(`publishing on ${topic}`));
    const event = { argsList: args as unknown[], argsDict: kwargs };
    return this.#client
      .publish(topic, event, { disclose_me: true })
      .then(ignore, (error: unknown) => {
        throw failureOf(error, `publishing on ${topic}`);
      });
  }

  async subscribe(
    topic: string,
    match: PatternMatch,
    handler: (event: RouterEvent) => void,
  ): Promise<RouterHandle> {
    const onEvent = ({ details, argsList, argsDict }: WampyEvent): void =>
      handler({
        topic: typeof details['topic'] === 'string' ? details['topic'] : topic,
        args: argsList ?? none,
        kwargs: argsDict ?? noKwargs,
        publisher: sessionOf(details['publisher']),
        retained: details['retained'] === true,
      });
    const options = match === 'exact' ? undefined : { match };
    const { subscriptionId } = await this.#asking(`subscribing to ${topic}`, () =>
      this.#client.subscribe(topic, onEvent, options),
    );
    return {
      id: Number(subscriptionId),
      end: async () => {
        await this.#asking(`unsubscribing from ${topic}`, async () => {
          const restore = findableByTopic(this.#client, topic, subscriptionId);
          await this.#client.unsubscribe(subscriptionId, onEvent).finally(restore);
        });
      },
    };
  }

  async register(
    procedure: string,
    options: { readonly match: PatternMatch; readonly shared: boolean },
    handler: (invocation: RouterInvocation) => Promise<Arguments>,
  ): Promise<RouterHandle> {
    const { registrationId } = await this.#asking(`registering ${procedure}`, () =>
      this.#client.register(procedure, (call) => answer(procedure, call, handler), {
        ...(options.match !== 'exact' && { match: options.match }),
        ...(options.shared && { invoke: 'roundrobin' }),
      }),
    );
    return {
      id: Number(registrationId),
      end: async () => {
        await this.#asking(`unregistering ${procedure}`, () => this.#client.unregister(procedure));
      },
    };
  }

  async call(procedure: string, call: Arguments, options: RouterCallOptions): Promise<Arguments> {
    if (!this.#live) throw this.#gone(`calling ${procedure}`);
    const { signal, onProgress, timeoutMs } = options;
    const answered = this.#client.call(
      procedure,
      { argsList: call.args as unknown[], argsDict: call.kwargs },
      {
        disclose_me: true,
        timeout: timeoutMs,
        ...(onProgress && {
          progress_callback: ({ argsList, argsDict }) =>
            onProgress({ args: argsList ?? none, kwargs: argsDict ?? noKwargs }),
        }),
      },
    );
    const { reqId } = this.#client.getOpStatus();
    const cancel = (): void => {
      try {
        if (this.has('dealer', 'call_canceling'))
          this.#client.cancel(reqId, { mode: 'killnowait' });
      } catch {
        // It has been answered meanwhile.
      }
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const { argsList, argsDict } = await answered;
      return { args: argsList ?? none, kwargs: argsDict ?? noKwargs };
    } catch (error) {
      throw failureOf(error, `calling ${procedure}`);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  close(): Promise<void> {
    this.#closing ??= Promise.race([
      this.#client.disconnect().then(ignore, ignore),
      this.lost.then(ignore),
    ]).then(() => this.#tellLost('the bridge said goodbye'));
    return this.#closing;
  }

  /** wampy would keep a request forever once its connection has gone. */
  #gone(what: string): RouterGoneError {
    return new RouterGoneError(`${what}: the session at the router has ended`);
  }

  async #asking<T>(what: string, ask: () => Promise<T>): Promise<T> {
    if (!this.#live) throw this.#gone(what);
    try {
      return await ask();
    } catch (error) {
      throw failureOf(error, what);
    }
  }
}

/**
 * wampy 8.0.2 looks an unsubscribed subscription up by its topic alone, does not find one that was made with options, and throws
 * where nobody can catch it: such a one is put there for as long as that takes.
 */
function findableByTopic(client: Wampy, topic: string, id: number): () => void {
  const { _subscriptionsByKey: byKey, _subscriptionsById: byId } = client as unknown as Record<
    '_subscriptionsByKey' | '_subscriptionsById',
    Map<unknown, { readonly id: number }>
  >;
  const known = byKey.get(topic);
  const subscription = byId.get(id);
  if (known?.id === id || subscription === undefined) return () => undefined;
  byKey.set(topic, subscription);
  return () => {
    if (known === undefined) byKey.delete(topic);
    else byKey.set(topic, known);
  };
}

interface WampyEvent {
  readonly details: Record<string, unknown>;
  readonly argsList?: unknown[];
  readonly argsDict?: Record<string, unknown>;
}

interface WampyInvocation extends WampyEvent {
  result_handler(result: object): void;
}

async function answer(
  registered: string,
  call: WampyInvocation,
  handler: (invocation: RouterInvocation) => Promise<Arguments>,
): Promise<{ argsList: unknown[]; argsDict: Record<string, unknown> }> {
  const details = call.details ?? {};
  try {
    const { args, kwargs } = await handler({
      procedure: typeof details['procedure'] === 'string' ? details['procedure'] : registered,
      args: call.argsList ?? none,
      kwargs: call.argsDict ?? noKwargs,
      caller: sessionOf(details['caller']),
      wantsProgress: details['receive_progress'] === true,
      progress: (part) =>
        call.result_handler({
          argsList: part.args,
          argsDict: part.kwargs,
          options: { progress: true },
        }),
    });
    return { argsList: args as unknown[], argsDict: kwargs };
  } catch (error) {
    const { uri, args, kwargs } = errorOf(error);
    // wampy sends what it is thrown in this form, and wants an Error's fields in none.
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    throw { error: uri, argsList: args, argsDict: kwargs };
  }
}

function errorOf(error: unknown): { uri: string; args: readonly unknown[]; kwargs: object } {
  const { uri, args, kwargs, message } = error as Partial<RouterRefusal>;
  return typeof uri === 'string'
    ? { uri, args: args ?? [], kwargs: kwargs ?? {} }
    : { uri: 'wamp.error.runtime_error', args: [message ?? String(error)], kwargs: {} };
}

function failureOf(error: unknown, what: string): Error {
  const { errorUri, argsList, argsDict } = error as WampyFailure;
  if (typeof errorUri === 'string') return new RouterRefusal(errorUri, argsList, argsDict);
  const why = `${what}: ${reasonOf(error)}`;
  if (error instanceof Errors.WebsocketError) return new RouterGoneError(why, { cause: error });
  return new RouterRefusal('wamp.error.invalid_argument', [why]);
}

function reasonOf(error: unknown): string {
  const { error: inner, message } = error as { error?: { message?: string }; message?: string };
  return inner?.message ?? message ?? String(error);
}

/** msgpack gives large IDs as bigints. */
function sessionOf(value: unknown): number | undefined {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
}

function ignore(): undefined {
  return undefined;
}
