import { valueForJson } from '@macula/wamp';
import { RouterRefusal } from './router-errors.ts';
import type { Arguments, RouterEvent, RouterInvocation } from './router-session.ts';

/** An event as wampy gives it. */
export interface WampyEvent {
  readonly details: Record<string, unknown>;
  readonly argsList?: unknown[];
  readonly argsDict?: Record<string, unknown>;
}

/** An invocation as wampy gives it. */
export interface WampyInvocation extends WampyEvent {
  result_handler(result: object): void;
}

const none: readonly unknown[] = Object.freeze([]);
const noKwargs: Readonly<Record<string, unknown>> = Object.freeze({});

/** Arguments, also where the message had none, or something else in their place. */
export function argumentsIn({ argsList, argsDict }: Omit<WampyEvent, 'details'>): Arguments {
  return {
    args: Array.isArray(argsList) ? argsList : none,
    kwargs: typeof argsDict === 'object' && argsDict !== null ? argsDict : noKwargs,
  };
}

/** Refuses arguments that no message can carry: wampy would end the session over them. */
export function sendable(given: Arguments): Arguments {
  try {
    valueForJson([given.args, given.kwargs]);
    return given;
  } catch (error) {
    throw new RouterRefusal('wamp.error.invalid_argument', [(error as Error).message]);
  }
}

/** An event of a subscription to `topic`: the details name the topic where that is a pattern. */
export function eventOf(topic: string, event: WampyEvent): RouterEvent {
  const { details } = event;
  const { args, kwargs } = argumentsIn(event);
  return {
    args,
    kwargs,
    topic: typeof details['topic'] === 'string' ? details['topic'] : topic,
    publisher: sessionOf(details['publisher']),
    retained: details['retained'] === true,
  };
}

/** Has a handler answer an invocation, and gives wampy what it wants to send. */
export async function answer(
  registered: string,
  call: WampyInvocation,
  signal: AbortSignal,
  handler: (invocation: RouterInvocation) => Promise<Arguments>,
): Promise<{ argsList: unknown[]; argsDict: Record<string, unknown> }> {
  const details = call.details ?? {};
  try {
    const result = await handler({
      ...argumentsIn(call),
      procedure: typeof details['procedure'] === 'string' ? details['procedure'] : registered,
      caller: sessionOf(details['caller']),
      wantsProgress: details['receive_progress'] === true,
      signal,
      progress: (part) => {
        const { args, kwargs } = sendable(part);
        call.result_handler({ argsList: args, argsDict: kwargs, options: { progress: true } });
      },
    });
    const { args, kwargs } = sendable(result);
    return { argsList: args as unknown[], argsDict: kwargs };
  } catch (error) {
    const { uri, args, kwargs } = errorOf(error);
    // wampy sends what it is thrown in this form, and wants an Error's fields in none.
    throw { error: uri, argsList: args, argsDict: kwargs };
  }
}

function errorOf(error: unknown): { uri: string; args: readonly unknown[]; kwargs: object } {
  const { uri, args, kwargs, message } = error as Partial<RouterRefusal>;
  return typeof uri === 'string'
    ? { uri, args: args ?? [], kwargs: kwargs ?? {} }
    : { uri: 'wamp.error.runtime_error', args: [message ?? String(error)], kwargs: {} };
}

/** msgpack gives large IDs as bigints. */
function sessionOf(value: unknown): number | undefined {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
}
