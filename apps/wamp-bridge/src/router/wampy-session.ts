import {
  AbortedError,
  type Clock,
  type PatternMatch,
  TimeoutError,
  withDeadline,
} from '@macula/core';
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
import { WampyClient, type WampyOptions } from './wampy-client.ts';
import { failureOf, reasonOf } from './wampy-failure.ts';
import {
  answer,
  argumentsIn,
  eventOf,
  sendable,
  type WampyEvent,
  type WampyInvocation,
} from './wampy-messages.ts';

interface Welcome {
  readonly roles?: Readonly<
    Record<string, { readonly features?: Readonly<Record<string, boolean>> } | undefined>
  >;
}

/** Opens a session by wampy, once: whoever wants another one after this is lost opens it. Rejects with RouterGoneError or RouterRefusal. */
export async function openWampySession(
  url: string,
  options: WampyOptions,
  limits: { readonly clock: Clock; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<RouterSession> {
  let tellLost: (reason: string) => void = () => undefined;
  const lost = new Promise<string>((resolve) => {
    tellLost = resolve;
  });
  let lastError = 'the connection was closed';
  const onError = (error: Error): void => {
    lastError = reasonOf(error);
  };
  const client = new WampyClient(
    url,
    {
      ...options,
      autoReconnect: false,
      uriValidation: 'loose',
      onClose: () => tellLost(lastError),
      onError,
    },
    onError,
  );
  // A connection that is closed before WELCOME leaves wampy's own promise open.
  const closed = lost.then((reason) => {
    throw new RouterGoneError(`no session at ${url}: ${reason}`);
  });
  closed.catch(ignore);
  const { clock, timeoutMs, signal } = limits;
  let welcome: Welcome;
  try {
    const what = `joining the router at ${url}`;
    const joined = Promise.race([client.connect(), closed]);
    joined.catch(ignore);
    welcome = await withDeadline(clock, joined, { timeout: timeoutMs, signal, what });
  } catch (error) {
    client.disconnect().catch(ignore);
    if (error instanceof RouterGoneError) throw error;
    if (error instanceof TimeoutError || error instanceof AbortedError) {
      throw new RouterGoneError(error.message, { cause: error });
    }
    throw failureOf(error, `no session at ${url}`);
  }
  return new WampySession({ client, welcome, clock, lost, tellLost: (reason) => tellLost(reason) });
}

interface WampySessionParts {
  readonly client: WampyClient;
  readonly welcome: Welcome;
  readonly clock: Clock;
  readonly lost: Promise<string>;
  readonly tellLost: (reason: string) => void;
}

class WampySession implements RouterSession {
  readonly id: number;
  readonly lost: Promise<string>;
  readonly #client: WampyClient;
  readonly #welcome: Welcome;
  readonly #clock: Clock;
  readonly #tellLost: (reason: string) => void;
  #live = true;
  #closing: Promise<void> | undefined;

  constructor({ client, welcome, clock, lost, tellLost }: WampySessionParts) {
    this.id = Number(client.getSessionId());
    this.#client = client;
    this.#welcome = welcome;
    this.#clock = clock;
    this.lost = lost;
    this.#tellLost = tellLost;
    void lost.then(() => {
      this.#live = false;
    });
  }

  has(role: RouterRole, feature: string): boolean {
    return this.#welcome.roles?.[role]?.features?.[feature] === true;
  }

  async publish(topic: string, event: Arguments): Promise<void> {
    if (!this.#live) throw this.#gone(`publishing on ${topic}`);
    try {
      await this.#client.publishEvent(topic, event);
    } catch (error) {
      throw failureOf(error, `publishing on ${topic}`);
    }
  }

  async subscribe(
    topic: string,
    match: PatternMatch,
    handler: (event: RouterEvent) => void,
  ): Promise<RouterHandle> {
    const onEvent = (event: WampyEvent): void => handler(eventOf(topic, event));
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
    const onInvocation = (call: WampyInvocation): ReturnType<typeof answer> => {
      const { signal, end } = this.#client.interruptionOf(call);
      return answer(procedure, call, signal, handler).finally(end);
    };
    const { registrationId } = await this.#asking(`registering ${procedure}`, () =>
      this.#client.register(procedure, onInvocation, {
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
    const { args, kwargs } = sendable(call);
    const answered = this.#client.call(
      procedure,
      { argsList: args as unknown[], argsDict: kwargs },
      {
        disclose_me: true,
        timeout: timeoutMs,
        ...(onProgress && {
          progress_callback: (part: WampyEvent) => onProgress(argumentsIn(part)),
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
    answered.catch(ignore);
    const what = `calling ${procedure}`;
    try {
      // A router may neither cancel nor tell that a callee has died: then nobody ever answers.
      const limits = { timeout: timeoutMs, what, ...(signal && { signal }) };
      return argumentsIn(await withDeadline(this.#clock, answered, limits));
    } catch (error) {
      const late = error instanceof TimeoutError;
      if (!late && !(error instanceof AbortedError)) throw failureOf(error, what);
      cancel();
      const uri = late ? 'wamp.error.timeout' : 'wamp.error.canceled';
      throw new RouterRefusal(uri, [error.message]);
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
function findableByTopic(client: WampyClient, topic: string, id: number): () => void {
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

function ignore(): undefined {
  return undefined;
}
