import {
  AbortedError,
  InvalidArgumentError,
  InvalidUriError,
  LimitExceededError,
  TimeoutError,
} from '@macula/core';
import { InvalidPayloadError } from '@macula/wire';
import { trimmed } from './body-value.ts';
import { emptyDict, isDict } from './dict.ts';
import { WampUri } from './error-uri.ts';
import type { WampMessage } from './message/message.ts';

/** What the mesh says of a publication that fits into no frame. */
const tooLarge = 'macula.pubsub.payload_too_large';

/** ERROR for what was thrown, but for the request that it answers. */
export function failureOf(
  thrown: unknown,
): Omit<WampMessage<'error'>, 'requestType' | 'request'> & { readonly type: 'error' } {
  const { uri, args, kwargs } = (thrown ?? {}) as Record<string, unknown>;
  if (typeof uri === 'string' && Array.isArray(args)) {
    const named = isDict(kwargs) ? kwargs : emptyDict;
    return { type: 'error', details: {}, error: uri, ...trimmed({ args, kwargs: named }) };
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { type: 'error', details: {}, error: uriOf(thrown), args: [message] };
}

function uriOf(thrown: unknown): string {
  if (thrown instanceof InvalidUriError) return WampUri.invalidUri;
  if (thrown instanceof InvalidPayloadError || thrown instanceof InvalidArgumentError) {
    return WampUri.invalidArgument;
  }
  if (thrown instanceof LimitExceededError) {
    return thrown.code === tooLarge ? WampUri.payloadSizeExceeded : WampUri.unavailable;
  }
  if (thrown instanceof TimeoutError) return WampUri.timeout;
  if (thrown instanceof AbortedError) return WampUri.canceled;
  return WampUri.runtimeError;
}
