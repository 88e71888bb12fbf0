import { InvalidArgumentError, type UriMode } from '@macula/core';
import { anonymous } from './auth/anonymous.ts';
import type { AuthMethod } from './auth/auth-method.ts';
import type { ClientSession } from './session/client-session.ts';

/** What a client wants to do with a URI. */
export type WampAction = 'publish' | 'subscribe' | 'call' | 'register';

export interface WampRouterOptions {
  /**
   * More names that clients may use for the mesh's realm, for example the one they used on their old router: a list, or
   * a rule that says yes to them. Default: none.
   */
  readonly realmAliases?: readonly string[] | ((realm: string) => boolean);
  /** Which names topics and procedures may have; the same as the mesh's own. Default `strict`. */
  readonly uriMode?: UriMode;
  /** How clients may authenticate. Default: `anonymous()` only. */
  readonly authentication?: readonly AuthMethod[];
  /**
   * Says whether a session may do what it asks for; false gives `wamp.error.not_authorized`. Default: everything but the
   * procedures `wamp.session.kill…`, which end the sessions of others.
   */
  readonly authorize?: (
    session: Pick<ClientSession, 'id' | 'realm' | 'authid' | 'authrole'>,
    action: WampAction,
    uri: string,
  ) => boolean;
  /** Milliseconds that a client may take from connecting to WELCOME. Default 10,000. */
  readonly handshakeTimeoutMs?: number;
  /** Milliseconds that a call may take when the client names no `timeout`. Default 3,600,000. */
  readonly callTimeoutMs?: number;
  /** Milliseconds that a call cancelled with `kill` waits for the callee's answer. Default 5,000. */
  readonly killTimeoutMs?: number;
  /** Milliseconds in which kept events are collected for a subscriber that asked for them. Default 5,000. */
  readonly retainedTimeoutMs?: number;
  /** Milliseconds that the realm's other routers may take for their part of a meta procedure's answer. Default 2,000. */
  readonly metaTimeoutMs?: number;
  /** Milliseconds that a client may take to answer GOODBYE. Default 2,000. */
  readonly goodbyeTimeoutMs?: number;
  /** Sessions at one time; more are refused with `wamp.error.unavailable`. Default 10,000. */
  readonly maxSessions?: number;
  /** Bytes that may wait for one client; beyond, it is disconnected as too slow. Default 8 MiB. */
  readonly maxQueuedBytes?: number;
  /** Subscriptions of one session. Default 10,000. */
  readonly maxSubscriptions?: number;
  /** Registrations of one session. Default 10,000. */
  readonly maxRegistrations?: number;
  /** Calls that one session may have open. Default 4,096. */
  readonly maxCalls?: number;
  /** Publications, and calls of meta procedures, of one session that wait for the mesh before its transport is read no further. Default 1,024. */
  readonly maxPublications?: number;
  /** Testaments of one session. Default 100. */
  readonly maxTestaments?: number;
}

export type RouterSettings = Required<WampRouterOptions>;

const defaults = {
  handshakeTimeoutMs: 10_000,
  callTimeoutMs: 3_600_000,
  killTimeoutMs: 5_000,
  retainedTimeoutMs: 5_000,
  metaTimeoutMs: 2_000,
  goodbyeTimeoutMs: 2_000,
  maxSessions: 10_000,
  maxQueuedBytes: 8 << 20,
  maxSubscriptions: 10_000,
  maxRegistrations: 10_000,
  maxCalls: 4_096,
  maxPublications: 1_024,
  maxTestaments: 100,
} as const;

/** Checks options and fills in defaults. Throws InvalidArgumentError. */
export function routerSettings(options: WampRouterOptions): RouterSettings {
  const numbers: Record<keyof typeof defaults, number> = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof typeof defaults)[]) {
    const value = options[name] ?? defaults[name];
    if (!(value >= 1)) throw new InvalidArgumentError(`${name} must be at least 1, got ${value}`);
    numbers[name] = value;
  }
  const authentication = options.authentication ?? [anonymous()];
  if (authentication.length === 0) {
    throw new InvalidArgumentError('authentication must name a method: nobody could join');
  }
  return {
    ...numbers,
    authentication,
    realmAliases: options.realmAliases ?? [],
    uriMode: options.uriMode ?? 'strict',
    authorize: options.authorize ?? mayAnythingButKill,
  };
}

function mayAnythingButKill(_: unknown, action: WampAction, uri: string): boolean {
  return action !== 'call' || !uri.startsWith('wamp.session.kill');
}
