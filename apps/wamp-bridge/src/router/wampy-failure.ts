import { Errors } from './wampy-client.ts';
import { RouterGoneError, RouterRefusal } from './router-errors.ts';

interface WampyFailure {
  readonly errorUri?: string;
  readonly argsList?: unknown[];
  readonly argsDict?: Record<string, unknown>;
}

/** What one of wampy's errors says: that the router refused, that it is gone, or that wampy would not even ask. */
export function failureOf(error: unknown, what: string): RouterGoneError | RouterRefusal {
  const { errorUri, argsList, argsDict } = error as WampyFailure;
  if (error instanceof Errors.AbortError) {
    return new RouterRefusal(String(errorUri), [`${what}: ${toldBy(error) ?? 'it aborted'}`]);
  }
  if (typeof errorUri === 'string') return new RouterRefusal(errorUri, argsList, argsDict);
  const why = `${what}: ${reasonOf(error)}`;
  if (error instanceof Errors.WebsocketError) return new RouterGoneError(why, { cause: error });
  return new RouterRefusal('wamp.error.invalid_argument', [why]);
}

/** The message of an error, or of the one that it wraps; of ABORT what the router said. */
export function reasonOf(error: unknown): string {
  if (error instanceof Errors.AbortError) {
    const told = toldBy(error);
    const reason = `the router aborted with ${String(error.errorUri)}`;
    return told === undefined ? reason : `${reason}: ${told}`;
  }
  const { error: inner, message } = error as { error?: { message?: string }; message?: string };
  return inner?.message ?? message ?? String(error);
}

/** The router's own words in ABORT. */
function toldBy(abort: { readonly details?: unknown }): string | undefined {
  const { message } = (abort.details ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' && message !== '' ? message : undefined;
}
