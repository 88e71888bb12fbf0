import { MaculaError } from '@macula/core';
import type { Arguments } from './router-session.ts';

/** The session at the router has ended, or never began; what was asked of it may or may not have happened. */
export class RouterGoneError extends MaculaError {
  readonly code = 'macula.wamp_bridge.router_gone';
}

/** The router, or a callee behind it, answered with an error. */
export class RouterRefusal extends MaculaError {
  readonly code = 'macula.wamp_bridge.refused';
  readonly uri: string;
  readonly args: Arguments['args'];
  readonly kwargs: Arguments['kwargs'];

  constructor(uri: string, args: Arguments['args'] = [], kwargs: Arguments['kwargs'] = {}) {
    super(typeof args[0] === 'string' ? `${uri}: ${args[0]}` : uri);
    this.uri = uri;
    this.args = args;
    this.kwargs = kwargs;
  }
}
