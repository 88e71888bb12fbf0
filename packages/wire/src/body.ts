import { MalformedBodyError } from './errors.ts';

/** What a message carries, as WAMP has it: positional and named arguments. */
export interface Body {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** A received body, together with the value that its sender gave to the API. */
export interface ReceivedBody extends Body {
  readonly payload: unknown;
}

/** Positional and named arguments in one message: give it to the API in place of a value. */
export class Message implements Body {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;

  constructor(args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>) {
    this.args = args;
    this.kwargs = kwargs;
  }
}

/** A message with both `args` and `kwargs`. */
export function withKwargs(
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): Message {
  return new Message(args, kwargs);
}

/**
 * What to MessagePack-encode for an API value: an array is the positional arguments, `[args]`; a plain object the
 * named ones, `[[], kwargs]`; a Message both, `[args, kwargs]`; everything else, also `undefined`, one
 * positional argument, `[[value], null]`, where the null tells it from an array of one.
 */
export function bodyOf(value: unknown): unknown {
  if (Array.isArray(value)) return [value];
  if (value instanceof Message) return [value.args, value.kwargs];
  if (isPlainObject(value)) return [[], value];
  return [[value], null];
}

/**
 * The inverse of `bodyOf`, for a decoded payload. An empty payload (`undefined`) is a body without arguments.
 * Throws MalformedBodyError for other shapes.
 */
export function readBody(decoded: unknown): ReceivedBody {
  if (decoded === undefined) return { args: [], kwargs: {}, payload: undefined };
  if (!Array.isArray(decoded) || decoded.length < 1 || decoded.length > 2) {
    throw malformed('it is not a list of one or two elements');
  }
  const [args, kwargs] = decoded as unknown[];
  if (!Array.isArray(args)) throw malformed('its first element is not a list');
  if (decoded.length === 1) return { args, kwargs: {}, payload: args };
  if (kwargs === null) {
    if (args.length !== 1) throw malformed('it says "one value" and has another number of them');
    return { args, kwargs: {}, payload: args[0] };
  }
  if (!isPlainObject(kwargs)) throw malformed('its second element is not a map');
  return { args, kwargs, payload: args.length === 0 ? kwargs : new Message(args, kwargs) };
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}

function malformed(why: string): MalformedBodyError {
  return new MalformedBodyError(`a body must be [args] or [args, kwargs]; ${why}`);
}
