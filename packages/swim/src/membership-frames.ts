import { type EncodedFrame, type FrameView, ProtocolError } from '@macula/core';
import {
  decodeMessage,
  FrameKind,
  FrameWriter,
  headerOf,
  Leave,
  MemberUpdate,
  Peers,
} from '@macula/wire';
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
  const { self, known } = decodeMessage(Peers, headerOf(frame), 'peers frame');
  if (known.length > maxKnownPerFrame) {
    throw new ProtocolError(
      `a peers frame names ${known.length} members; ${maxKnownPerFrame} are allowed`,
    );
  }
  return { self: statementOf(self), known: known.map(statementOf) };
}

/** Throws ProtocolError. */
export function readMemberUpdate(frame: FrameView): MemberStatement {
  return statementOf(decodeMessage(MemberUpdate, headerOf(frame), 'memberUpdate frame').self);
}

/** The incarnation that leaves. Throws ProtocolError. */
export function readLeave(frame: FrameView): bigint {
  return decodeMessage(Leave, headerOf(frame), 'leave frame').incarnation;
}

function frameOf(kind: number, header: Uint8Array): EncodedFrame {
  return new FrameWriter().empty().frame(kind, header);
}
