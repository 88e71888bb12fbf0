import { Errors } from 'wampy';
import { Refusal } from './carrier-errors.ts';

/** The error of requests that a lost connection leaves unanswered. */
export const networkFailure = 'wamp.error.network_failure';

/** What WAMP messages carry, as wampy names it; not an interface, since wampy wants an index. */
export type WampArguments = {
  argsList?: unknown[];
  argsDict?: Record<string, unknown>;
};

/** The message in WAMP's arguments: the named ones, or else the first. Some routers send null where there are none. */
export function messageIn({ argsList, argsDict }: WampArguments): unknown {
  return Object.keys(argsDict ?? {}).length > 0 ? argsDict : argsList?.[0];
}

/** WAMP's arguments for a message: an object's fields are named ones. */
export function argumentsOf(message: unknown): WampArguments {
  if (message === undefined) return {};
  return Object.prototype.toString.call(message) === '[object Object]'
    ? { argsList: [], argsDict: message as Record<string, unknown> }
    : { argsList: [message] };
}

/** What wampy is to answer an invocation with, for what its handler threw. */
export function answerFor(error: unknown): WampArguments & { error: string } {
  if (error instanceof Refusal) {
    return { error: error.uri, argsList: [...error.args], argsDict: { ...error.kwargs } };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { error: 'wamp.error.runtime_error', argsList: [message] };
}

/** What one of wampy's errors says: what the router or the callee answered, or that the connection is gone. */
export function refusalIn(error: unknown): unknown {
  const { errorUri, argsList, argsDict } = error as WampArguments & { errorUri?: unknown };
  if (typeof errorUri === 'string')
    return new Refusal(errorUri, argsList, argsDict, { cause: error });
  if (!(error instanceof Errors.WebsocketError)) return error;
  return new Refusal(networkFailure, ['the router is away'], {}, { cause: error });
}
