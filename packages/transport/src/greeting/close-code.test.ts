import { describe, expect, it } from '@jest/globals';
import {
  LinkClosedError,
  LinkCloseCode,
  ProtocolError,
  WrongIdentityError,
  WrongRealmError,
} from '@macula/core';
import { FrameTooLargeError, VersionMismatchError } from '@macula/wire';
import { DuplicateLinkError, NotAdmittedError, PeerOverloadedError } from '../errors.ts';
import { errorOfClose, greetingCloseCode } from './close-code.ts';

describe('close codes', () => {
  it.each([
    [new WrongRealmError('x'), LinkCloseCode.wrongRealm],
    [new NotAdmittedError('x'), LinkCloseCode.notAdmitted],
    [new VersionMismatchError('x'), LinkCloseCode.versionMismatch],
    [new WrongIdentityError('x'), LinkCloseCode.wrongIdentity],
    [new DuplicateLinkError('x'), LinkCloseCode.duplicate],
    [new ProtocolError('x'), LinkCloseCode.protocolViolation],
  ])('of %s become the same error at the peer', (error, code) => {
    expect(greetingCloseCode(error)).toBe(code);
    expect(errorOfClose({ code, message: 'x', remote: true })).toBeInstanceOf(error.constructor);
  });

  it('tell frames that are too large, and what is this side’s own fault', () => {
    expect(greetingCloseCode(new FrameTooLargeError('x'))).toBe(LinkCloseCode.frameTooLarge);
    expect(greetingCloseCode(new TypeError('x'))).toBe(LinkCloseCode.internal);
    expect(greetingCloseCode(undefined)).toBe(LinkCloseCode.internal);
  });

  it.each([
    [LinkCloseCode.overloaded, PeerOverloadedError],
    [LinkCloseCode.frameTooLarge, ProtocolError],
    [LinkCloseCode.shutdown, LinkClosedError],
    [0x7777, LinkClosedError],
  ])('0x%x is told with its message', (code, type) => {
    const error = errorOfClose({ code, message: 'because', remote: true });
    expect(error).toBeInstanceOf(type);
    expect(error.message).toBe('the peer closed the link: because');
    expect(errorOfClose({ code, message: '', remote: false }).message).toBe(
      `this node closed the link: code ${code}`,
    );
  });
});
