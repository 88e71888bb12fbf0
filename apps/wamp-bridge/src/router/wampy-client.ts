// wampy exports no name for its options: they are taken from the constructor.
import { Errors, Wampy } from 'wampy';
import type { RouterSerializer } from './router-serializers.ts';
import type { Arguments } from './router-session.ts';
import type { WampyEvent, WampyInvocation } from './wampy-messages.ts';

export { Errors };
export type WampyOptions = Omit<
  NonNullable<ConstructorParameters<typeof Wampy>[1]>,
  'serializer'
> & { readonly serializer: RouterSerializer };

/** What of wampy 8.0.2 the short ways of this class touch. */
interface WampyInside {
  readonly _ws: { readonly readyState: number; send(data: string | Uint8Array): void } | null;
  readonly _cache: { readonly sessionId: unknown };
  readonly _wamp_features: {
    readonly roles: { readonly callee: { readonly features: Record<string, boolean> } };
  };
  readonly _requests: Record<
    number,
    {
      readonly topic: string;
      readonly callbacks: {
        onSuccess(published: unknown): void;
        onError(error: unknown): void;
      };
    }
  >;
  readonly _subscriptionsById: ReadonlyMap<
    unknown,
    { readonly callbacks: readonly ((event: WampyEvent) => unknown)[] }
  >;
  _getReqId(): number;
}

const publishCode = 16;
const publishedCode = 17;
const eventCode = 36;
const invocationCode = 68;
const interruptCode = 69;
const open = 1;
const publishOptions = Object.freeze({ acknowledge: true, disclose_me: true });
const done = Promise.resolve();

/**
 * wampy, with short ways for the three messages of which there are many, PUBLISH, PUBLISHED and EVENT, as it builds a dozen of
 * closures, promises and copies for each; and with INTERRUPT, for which it would end the session. A message that it stumbles over costs the session and not the process: wampy
 * handles messages in promises that nobody holds.
 */
export class WampyClient extends Wampy {
  readonly #serializer: RouterSerializer;
  readonly #onStumble: (error: Error) => void;
  readonly #inside = this as unknown as WampyInside;
  /** Which request an invocation is, by its details: wampy does not tell. */
  readonly #requests = new WeakMap<object, unknown>();
  readonly #running = new Map<unknown, AbortController>();

  constructor(url: string, options: WampyOptions, onStumble: (error: Error) => void) {
    super(url, options as ConstructorParameters<typeof Wampy>[1]);
    this.#serializer = options.serializer;
    this.#onStumble = onStumble;
    // wampy lets handlers send progress and says nothing of it; of INTERRUPT it knows nothing, `#tookShortWay` does.
    const { features } = this.#inside._wamp_features.roles.callee;
    Object.assign(features, { call_canceling: true, progressive_call_results: true });
  }

  /** The signal fires when the router interrupts the invocation; `end` is to be called when it is over. */
  interruptionOf(invocation: WampyInvocation): { readonly signal: AbortSignal; end(): void } {
    const controller = new AbortController();
    const request = this.#requests.get(invocation.details);
    if (request !== undefined) this.#running.set(request, controller);
    return { signal: controller.signal, end: () => void this.#running.delete(request) };
  }

  /**
   * Publishes under this session's name; resolves when the router has acknowledged it. Throws what the serializer throws, before
   * anything is sent.
   */
  publishEvent(topic: string, { args, kwargs }: Arguments): Promise<unknown> {
    const inside = this.#inside;
    const { _ws: socket } = inside;
    if (socket?.readyState !== open) throw new Errors.WebsocketError('the connection is not open');
    const request = inside._getReqId();
    const message: unknown[] = [publishCode, request, publishOptions, topic];
    if (hasAny(kwargs)) message.push(args, kwargs);
    else if (args.length > 0) message.push(args);
    const encoded = this.#serializer.encode(message);
    return new Promise((resolve, reject) => {
      inside._requests[request] = { topic, callbacks: { onSuccess: resolve, onError: reject } };
      socket.send(encoded);
    });
  }

  override _wsOnMessage(event: MessageEvent): Promise<void> {
    try {
      const message = this.#decoded(event.data);
      if (message === undefined) return this.#handle(event);
      // The serializer takes a message that is decoded as it is.
      return this.#tookShortWay(message) ? done : this.#handle({ data: message } as never);
    } catch (error) {
      return this.#stumble(error);
    }
  }

  /** Undefined where it cannot be read: wampy knows how to tell the router. */
  #decoded(data: unknown): unknown[] | undefined {
    try {
      const message = this.#serializer.decode(data);
      return Array.isArray(message) ? message : undefined;
    } catch {
      return undefined;
    }
  }

  #tookShortWay(message: readonly unknown[]): boolean {
    const { _requests: requests, _subscriptionsById: subscriptions, _cache: cache } = this.#inside;
    if (!cache.sessionId) return false;
    if (message[0] === eventCode) {
      const details = message[3] as Record<string, unknown> | null | undefined;
      if (typeof details !== 'object' || details === null || details['ppt_scheme']) return false;
      const subscription = subscriptions.get(message[1]);
      if (subscription === undefined) return true;
      const event = { details, argsList: message[4], argsDict: message[5] } as WampyEvent;
      for (const callback of subscription.callbacks) callback(event);
      return true;
    }
    if (message[0] === publishedCode) {
      const request = Number(message[1]);
      const asked = requests[request];
      if (asked === undefined) return true;
      Reflect.deleteProperty(requests, request);
      asked.callbacks.onSuccess(undefined);
      return true;
    }
    if (message[0] === interruptCode) {
      this.#running.get(message[1])?.abort();
      return true;
    }
    const details = message[0] === invocationCode ? message[3] : undefined;
    if (typeof details === 'object' && details !== null) this.#requests.set(details, message[1]);
    return false;
  }

  async #handle(event: MessageEvent): Promise<void> {
    try {
      await super._wsOnMessage(event);
    } catch (error) {
      await this.#stumble(error);
    }
  }

  async #stumble(error: unknown): Promise<void> {
    this.#onStumble(error instanceof Error ? error : new Error(String(error)));
    await this.disconnect();
  }
}

function hasAny(kwargs: Readonly<Record<string, unknown>>): boolean {
  for (const _ in kwargs) return true;
  return false;
}
