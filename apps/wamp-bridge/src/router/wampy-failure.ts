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
  if (typeof errorUri === 'string') return new RouterRefusal(errorUri, argsList, argsDict);
  const why = `${what}: ${reasonOf(error)}`;
  if (error instanceof Errors.WebsocketError) return new RouterGoneError(why, { cause: error });
  return new RouterRefusal('wamp.error.invalid_argument', [why]);
}

/** The message of an error, or of the one that it wraps. */
export function reasonOf(error: unknown): string {
  const { error: inner, message } = error as { error?: { message?: string }; message?: string };
  return inner?.message ?? message ?? String(error);
}
