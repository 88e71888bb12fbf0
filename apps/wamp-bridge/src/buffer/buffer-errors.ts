import { LimitExceededError, MaculaError } from '@macula/core';

/** An event gave way to others, or grew too old, while the other side was away. */
export class BufferOverflowError extends LimitExceededError {
  override readonly code = 'macula.wamp_bridge.buffer_overflow';
}

/** The other side went away over an event again and again: it is not sent any more. */
export class FatalEventError extends MaculaError {
  readonly code = 'macula.wamp_bridge.fatal_event';
}

/** What whoever waits for an event on `topic` is told when it has been dropped. */
export function droppedError(topic: string, reason: 'overflow' | 'age' | 'fatal'): MaculaError {
  if (reason === 'fatal') {
    return new FatalEventError(`the other side went away each time that it got this on ${topic}`);
  }
  const why = reason === 'age' ? 'waited too long' : 'found no room';
  return new BufferOverflowError(`an event on ${topic} ${why} while the other side was away`);
}
