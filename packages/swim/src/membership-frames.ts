import { type EncodedFrame, type FrameView, ProtocolError } from '@macula/core';
import { FrameKind, FrameWriter, headerOf, Leave, MemberUpdate, Peers } from '@macula/wire';
import { type MemberStatement, recordOf, statementOf } from './member-statement.ts';

/** Most members that one `peers` frame may name. */
export const maxKnownPerFrame = 1_024;

/** A decoded `peers` frame. */
export interface PeersStatement {
  readonly self: MemberStatement;
  readonly known: readonly MemberStatement[];
}

export function peersFrame(
  self: MemberStatement,
  known: readonly { readonly statement: MemberStatement; readonly suspect: boolean }[],
): EncodedFrame {
  const message: Peers = {
    self: recordOf(self),
    known: known.map(({ statement, suspect }) => recordOf(statement, suspect)),
  };
  return frameOf(FrameKind.peers, Peers.encode(message).finish());
}

export function memberUpdateFrame(self: MemberStatement): EncodedFrame {
  return frameOf(FrameKind.memberUpdate, MemberUpdate.encode({ self: recordOf(self) }).finish());
}

export function leaveFrame(incarnation: bigint): EncodedFrame {
  return frameOf(FrameKind.leave, Leave.encode({ incarnation }).finish());
}

/** Throws ProtocolError. */
export function readPeers(frame: FrameView): PeersStatement {
  const { self, known } = decoded('peers', () => Peers.decode(headerOf(frame)));
  if (known.length > maxKnownPerFrame) {
    throw new ProtocolError(
      `a peers frame names ${known.length} members; ${maxKnownPerFrame} are allowed`,
    );
  }
  return { self: statementOf(self), known: known.map(statementOf) };
}

/** Throws ProtocolError. */
export function readMemberUpdate(frame: FrameView): MemberStatement {
  return statementOf(decoded('memberUpdate', () => MemberUpdate.decode(headerOf(frame))).self);
}

/** The incarnation that leaves. Throws ProtocolError. */
export function readLeave(frame: FrameView): bigint {
  return decoded('leave', () => Leave.decode(headerOf(frame))).incarnation;
}

function frameOf(kind: number, header: Uint8Array): EncodedFrame {
  return new FrameWriter().empty().frame(kind, header);
}

function decoded<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw new ProtocolError(`a ${what} frame is malformed`, { cause });
  }
}
