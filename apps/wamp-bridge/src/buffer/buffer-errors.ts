import { LimitExceededError } from '@macula/core';

/** An event gave way to others, or grew too old, while the other side was away. */
export class BufferOverflowError extends LimitExceededError {
  override readonly code = 'macula.wamp_bridge.buffer_overflow';
}
