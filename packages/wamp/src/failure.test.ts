import { describe, expect, test } from '@jest/globals';
import {
  AbortedError,
  InvalidArgumentError,
  InvalidUriError,
  LimitExceededError,
  TimeoutError,
} from '@macula/core';
import { InvalidPayloadError } from '@macula/wire';
import { WampError } from './errors.ts';
import { failureOf } from './failure.ts';

class TooLargeForTheMesh extends LimitExceededError {
  override readonly code = 'macula.pubsub.payload_too_large';
}

describe('ERROR', () => {
  test.each([
    ['a name that is none', new InvalidUriError('a'), 'wamp.error.invalid_uri'],
    ['a value that cannot be written', new InvalidPayloadError('a'), 'wamp.error.invalid_argument'],
    ['an option that cannot be', new InvalidArgumentError('a'), 'wamp.error.invalid_argument'],
    ['a limit', new LimitExceededError('a'), 'wamp.error.unavailable'],
    ['an event that is too large', new TooLargeForTheMesh('a'), 'wamp.error.payload_size_exceeded'],
    ['lost time', new TimeoutError('a'), 'wamp.error.timeout'],
    ['an abort', new AbortedError('a'), 'wamp.error.canceled'],
    ['any other error', new Error('a'), 'wamp.error.runtime_error'],
    ['what is no error', 'a', 'wamp.error.runtime_error'],
  ])('names %s', (_, thrown, error) => {
    expect(failureOf(thrown)).toEqual({ type: 'error', details: {}, error, args: ['a'] });
  });

  test('keeps what an error says of itself', () => {
    expect(failureOf(new WampError('a.sold_out', ['tea'], { until: 'monday' }))).toEqual({
      ...{ type: 'error', details: {}, error: 'a.sold_out' },
      ...{ args: ['tea'], kwargs: { until: 'monday' } },
    });
    expect(failureOf({ uri: 'a.b', args: [], kwargs: 7 })).toEqual({
      ...{ type: 'error', details: {}, error: 'a.b', args: undefined, kwargs: undefined },
    });
    expect(failureOf(undefined)).toMatchObject({ error: 'wamp.error.runtime_error' });
  });
});
