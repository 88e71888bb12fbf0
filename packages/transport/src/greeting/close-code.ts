import {
  LinkClosedError,
  LinkCloseCode,
  type LinkCloseReason,
  ProtocolError,
  WrongIdentityError,
  WrongRealmError,
} from '@macula/core';
import { FrameTooLargeError, VersionMismatchError } from '@macula/wire';
import { DuplicateLinkError, NotAdmittedError, PeerOverloadedError } from '../errors.ts';

/** The code with which a link closes that failed with `error`; `internal` for what is not the peer's doing. */
export function greetingCloseCode(error: unknown): LinkCloseCode {
  if (error instanceof WrongRealmError) return LinkCloseCode.wrongRealm;
  if (error instanceof NotAdmittedError) return LinkCloseCode.notAdmitted;
  if (error instanceof VersionMismatchError) return LinkCloseCode.versionMismatch;
  if (error instanceof WrongIdentityError) return LinkCloseCode.wrongIdentity;
  if (error instanceof DuplicateLinkError) return LinkCloseCode.duplicate;
  if (error instanceof FrameTooLargeError) return LinkCloseCode.frameTooLarge;
  if (error instanceof ProtocolError) return LinkCloseCode.protocolViolation;
  return LinkCloseCode.internal;
}

/** What to throw where a link was wanted that closed before it was open: the inverse of `greetingCloseCode`. */
export function errorOfClose(reason: LinkCloseReason): Error {
  const who = reason.remote ? 'the peer' : 'this node';
  const message = `${who} closed the link: ${reason.message || `code ${reason.code}`}`;
  switch (reason.code) {
    case LinkCloseCode.wrongRealm:
      return new WrongRealmError(message);
    case LinkCloseCode.notAdmitted:
      return new NotAdmittedError(message);
    case LinkCloseCode.versionMismatch:
      return new VersionMismatchError(message);
    case LinkCloseCode.wrongIdentity:
      return new WrongIdentityError(message);
    case LinkCloseCode.duplicate:
      return new DuplicateLinkError(message);
    case LinkCloseCode.overloaded:
      return new PeerOverloadedError(message);
    case LinkCloseCode.protocolViolation:
    case LinkCloseCode.frameTooLarge:
      return new ProtocolError(message);
    default:
      return new LinkClosedError(message);
  }
}
