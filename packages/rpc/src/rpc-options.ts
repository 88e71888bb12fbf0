import { InvalidArgumentError, parseRealm, type Realm, type UriMode } from '@macula/core';

/** Options of createRpc. */
export interface RpcOptions {
  /** The realm whose procedures are registered and called. */
  readonly realm: string;
  /** Which procedure names this node registers and calls. Default `strict`. */
  readonly uriMode?: UriMode;
  /** Milliseconds that a call waits unless it says otherwise. Default 30,000. */
  readonly callTimeout?: number;
  /** Milliseconds until a dial to a callee is given up. Default 10,000. */
  readonly dialTimeout?: number;
  /** Milliseconds that `register` waits for the directory to tell who else holds the procedure. Default 5,000. */
  readonly registerTimeout?: number;
  /** Calls in flight to one callee; rounded up to a power of two. More wait. Default 4,096. */
  readonly maxCallsPerLink?: number;
  /** Calls that wait for one callee: for a slot, for room on the link, or for the link. More fail with LimitExceededError. Default 4,096. */
  readonly maxWaitingPerCallee?: number;
  /** Handlers that run for one caller; more calls are refused with OverloadedError. Default 4,096. */
  readonly maxInvocationsPerLink?: number;
  /** Bytes of arguments, as they were sent, of such handlers; more calls are refused likewise. Default 64 MiB. */
  readonly maxInvocationBytesPerLink?: number;
  /** Streams that one caller may have open; more are refused with OverloadedError. Default 256. */
  readonly maxStreamsPerLink?: number;
  /** Procedures whose callees this node keeps in view; the least recently used give way. Default 10,000. */
  readonly maxProcedures?: number;
  /** Registrations of this node; more fail with LimitExceededError. Default 10,000. */
  readonly maxRegistrations?: number;
  /** Bytes of an encoded call, result or stream item. At most what the links accept as a frame. Default 1,000,000. */
  readonly maxPayload?: number;
  /** Consecutive infrastructure failures (dial failed, link lost, no answer) that open a callee's circuit. Default 5. */
  readonly breakerThreshold?: number;
  /** Milliseconds until an open circuit lets one call try again. Default 10,000. */
  readonly breakerResetMs?: number;
  /** Upper bound of the delay before the first retry of an idempotent call, in milliseconds; doubles with each. Default 50. */
  readonly retryBaseMs?: number;
  /** Upper bound of the delay before any retry, in milliseconds. Default 2,000. */
  readonly retryMaxMs?: number;
}

/** Options with the defaults filled in. */
export type ResolvedRpcOptions = Required<Omit<RpcOptions, 'realm'>> & { readonly realm: Realm };

const defaults = {
  callTimeout: 30_000,
  dialTimeout: 10_000,
  registerTimeout: 5_000,
  maxCallsPerLink: 4_096,
  maxWaitingPerCallee: 4_096,
  maxInvocationsPerLink: 4_096,
  maxInvocationBytesPerLink: 64 << 20,
  maxStreamsPerLink: 256,
  maxProcedures: 10_000,
  maxRegistrations: 10_000,
  maxPayload: 1_000_000,
  breakerThreshold: 5,
  breakerResetMs: 10_000,
  retryBaseMs: 50,
  retryMaxMs: 2_000,
} as const;

/** Slot numbers of calls must stay below 2^28. */
const maxSlots = 2 ** 20;

/** Throws InvalidArgumentError or InvalidRealmError. */
export function resolveRpcOptions(options: RpcOptions): ResolvedRpcOptions {
  const numbers: Record<string, number> = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof typeof defaults)[]) {
    const value: number = options[name] ?? defaults[name];
    if (!Number.isFinite(value) || value <= 0 || (isCount(name) && !Number.isInteger(value))) {
      throw new InvalidArgumentError(`${name} must be a positive number, got ${value}`);
    }
    numbers[name] = name === 'maxCallsPerLink' ? Math.min(value, maxSlots) : value;
  }
  return {
    ...(numbers as Record<keyof typeof defaults, number>),
    uriMode: options.uriMode ?? 'strict',
    realm: parseRealm(options.realm),
  };
}

function isCount(name: string): boolean {
  return name.startsWith('max') || name === 'breakerThreshold';
}
