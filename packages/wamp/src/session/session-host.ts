import type { Clock, Logger } from '@macula/core';
import type { WampMessage } from '../message/message.ts';
import type { RouterMetrics } from '../router-metrics.ts';
import type { RouterSettings } from '../router-options.ts';
import type { ClientSession } from './client-session.ts';
import type { HandshakeRules } from './handshake.ts';

/** What a client's connection needs of its router. */
export interface SessionHost {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: RouterMetrics;
  readonly settings: RouterSettings;
  readonly handshake: HandshakeRules;
  /** An ID that no session has. */
  newId(): number;
  /** Takes a session in. Throws WampError where there is no room. */
  join(session: ClientSession): void;
  leave(session: ClientSession): void;
  /** A message of a client that has joined. Throws ProtocolViolation for those that only routers send. */
  dispatch(session: ClientSession, message: WampMessage): void;
}
