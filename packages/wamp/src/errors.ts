import { MaculaError, ProtocolError } from '@macula/core';
import { type Dict, emptyDict, emptyList } from './dict.ts';
import { WampUri } from './error-uri.ts';

/** A peer sent what WAMP does not allow: the session ends with ABORT and `wamp.error.protocol_violation`. */
export class ProtocolViolation extends ProtocolError {
  override readonly code = 'macula.wamp.protocol_violation';
  readonly uri = WampUri.protocolViolation;
}

/**
 * A request that failed, with what goes into its ERROR message. Thrown by a handler of the mesh it reaches the
 * caller with URI and arguments kept.
 */
export class WampError extends MaculaError {
  readonly code = 'macula.wamp.error';
  readonly uri: string;
  readonly args: readonly unknown[];
  readonly kwargs: Dict;

  constructor(
    uri: string,
    args: readonly unknown[] = emptyList,
    kwargs: Dict = emptyDict,
    options?: { cause?: unknown },
  ) {
    super(typeof args[0] === 'string' ? `${uri}: ${args[0]}` : uri, options);
    this.uri = uri;
    this.args = args;
    this.kwargs = kwargs;
  }
}
