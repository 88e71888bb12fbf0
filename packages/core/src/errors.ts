/** Base of every error that Macula throws. `code` is stable, for programs; `message` says what happened and what to do, for people. */
export abstract class MaculaError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A caller passed something that can never work. */
export class InvalidArgumentError extends MaculaError {
  readonly code = 'macula.invalid_argument';
}

/** A wait reached its time limit. */
export class TimeoutError extends MaculaError {
  readonly code = 'macula.timeout';
}

/** The caller's AbortSignal fired; `cause` is its reason. */
export class AbortedError extends MaculaError {
  readonly code = 'macula.aborted';
}

/** A component was used before start() or after stop(). */
export class NotRunningError extends MaculaError {
  readonly code = 'macula.not_running';
}

/** A bounded queue or table is full; try later or raise its limit. */
export class LimitExceededError extends MaculaError {
  readonly code: string = 'macula.limit_exceeded';
}

/** The link ended, or was not open. */
export class LinkClosedError extends MaculaError {
  readonly code = 'macula.link.closed';
}

/** No known address of the peer could be dialled. */
export class PeerUnreachableError extends MaculaError {
  readonly code = 'macula.peer.unreachable';
}

/** The peer's key is not the one that was expected, or it could not prove it. */
export class WrongIdentityError extends MaculaError {
  readonly code = 'macula.peer.wrong_identity';
}

/** The peer belongs to another realm, or failed its admission. */
export class WrongRealmError extends MaculaError {
  readonly code = 'macula.peer.wrong_realm';
}

/** A peer sent what the protocol does not allow. */
export class ProtocolError extends MaculaError {
  readonly code: string = 'macula.protocol';
}

/** A peer's handler answered a request with an error; `reason` is the code it gave. */
export class RequestFailedError extends MaculaError {
  readonly code = 'macula.request.failed';
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The peer ended a stream early. */
export class StreamResetError extends MaculaError {
  readonly code = 'macula.stream.reset';
  readonly resetCode: number;

  constructor(resetCode: number) {
    super(`the peer reset the stream with code ${resetCode}`);
    this.resetCode = resetCode;
  }
}

/** A topic, procedure or pattern is not written as the URI rules ask; the message says what is wrong with it. */
export class InvalidUriError extends MaculaError {
  readonly code = 'macula.invalid_uri';
}

/** A realm's name is not written as the rules ask. */
export class InvalidRealmError extends MaculaError {
  readonly code = 'macula.invalid_realm';
}
