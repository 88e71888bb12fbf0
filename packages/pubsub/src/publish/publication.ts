import { type Clock, InvalidArgumentError } from '@macula/core';
import { bodyOf, encodeDetails, encodeValue, noDetails } from '@macula/wire';
import { PayloadTooLargeError } from '../errors.ts';
import { isTraceparent } from '../event-header.ts';
import { Audience } from './audience.ts';
import type { PublishOptions } from './publish-options.ts';
import type { Receipt } from './receipt.ts';

/** One publication that is more than a frame handed to links: with options, or kept for a while. */
export interface Publication {
  /** The encoded body; shared by all that keep the message. */
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** A retained message without a value: it clears the topic's kept one. */
  readonly clears: boolean;
  /** By the monotonic clock; Infinity: never. */
  readonly expiresAt: number;
  readonly audience: Audience | undefined;
  /** Who on this node publishes; undefined: the node itself. */
  readonly participant: object | undefined;
  /** The participant's own subscriptions get the event, too. */
  readonly includesSelf: boolean;
  readonly disclosed: boolean;
  /** Milliseconds since the Unix epoch; 0: not told. */
  readonly publishedAt: number;
  readonly traceparent: string;
  /** Encoded; empty: there are none. */
  readonly details: Uint8Array;
  readonly mayDrop: boolean;
  /** Set when the message is accepted. */
  sequence: number;
  /** Set on acceptance, for quality of service 1. */
  receipt: Receipt | undefined;
}

const noOptions: PublishOptions = {};

/** Encodes a value and checks options. Throws InvalidArgumentError, PayloadTooLargeError or wire's InvalidPayloadError. */
export function createPublication(
  value: unknown,
  options: PublishOptions = noOptions,
  clock: Clock,
  maxPayloadBytes: number,
): Publication {
  const { qos = 0, expiry = Infinity, traceparent = '', backpressure = 'wait' } = options;
  if (qos !== 0 && qos !== 1) throw new InvalidArgumentError(`qos must be 0 or 1, got ${qos}`);
  if (!(expiry > 0)) {
    throw new InvalidArgumentError(`expiry must be above 0 milliseconds, got ${expiry}`);
  }
  if (options.timeout !== undefined && !(options.timeout > 0)) {
    throw new InvalidArgumentError(`timeout must be above 0 milliseconds, got ${options.timeout}`);
  }
  if (traceparent !== '' && !isTraceparent(traceparent)) {
    throw new InvalidArgumentError('traceparent must be as W3C Trace Context defines it');
  }
  if (backpressure !== 'wait' && backpressure !== 'drop-oldest') {
    throw new InvalidArgumentError(
      `backpressure must be wait or drop-oldest, got ${String(backpressure)}`,
    );
  }
  const payload = encodeValue(bodyOf(value));
  checkPayloadLength(payload.length, maxPayloadBytes);
  return {
    payload,
    qos,
    retain: options.retain ?? false,
    clears: options.retain === true && value === undefined,
    expiresAt: endOf(clock.now() + expiry),
    audience: Audience.of(options.exclude, options.eligible),
    participant: options.participant,
    includesSelf: options.excludeSelf === false,
    disclosed: options.disclose ?? false,
    publishedAt: options.timestamp === true ? Math.round(clock.wallTime()) : 0,
    traceparent,
    details: options.details === undefined ? noDetails : encodeDetails(options.details),
    mayDrop: backpressure === 'drop-oldest',
    sequence: 0,
    receipt: undefined,
  };
}

/** What is further away than the wire can tell never comes. */
function endOf(time: number): number {
  return time > Number.MAX_SAFE_INTEGER ? Infinity : time;
}

/** Throws PayloadTooLargeError. */
export function checkPayloadLength(length: number, maxPayloadBytes: number): void {
  if (length > maxPayloadBytes) {
    throw new PayloadTooLargeError(
      `the encoded value has ${length} bytes, the limit is ${maxPayloadBytes}: send large data over a stream, or in pieces`,
    );
  }
}
