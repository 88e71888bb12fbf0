import { type MemberStatus, type NodeId, ProtocolError } from '@macula/core';
import { decodeNodeId, SwimRumour, SwimRumour_Status } from '@macula/wire';
import { type MemberStatement, recordOf, statementOf } from '../member-statement.ts';

/** What somebody says of a member. */
export interface Rumour extends MemberStatement {
  readonly status: MemberStatus;
  /** Who suspects it or has given it up, first-hand. */
  readonly accuser?: NodeId;
}

const wireStatus: Readonly<Record<MemberStatus, SwimRumour_Status>> = {
  alive: SwimRumour_Status.ALIVE,
  suspect: SwimRumour_Status.SUSPECT,
  failed: SwimRumour_Status.FAILED,
  left: SwimRumour_Status.LEFT,
};
const statuses: readonly MemberStatus[] = ['alive', 'suspect', 'failed', 'left'];
const nothing = { addresses: [], metadata: {} };

/** The wire form; addresses and metadata travel only with life. */
export function encodeRumour(rumour: Rumour): Uint8Array {
  const { id, incarnation, status, accuser } = rumour;
  const described = status === 'alive' ? recordOf(rumour) : nothing;
  return SwimRumour.encode({
    id: id.bytes,
    incarnation,
    status: wireStatus[status],
    addresses: described.addresses,
    metadata: described.metadata,
    accuser: accuser?.bytes ?? new Uint8Array(0),
  }).finish();
}

/** Throws ProtocolError. */
export function decodeRumour(bytes: Uint8Array): Rumour {
  let message: SwimRumour;
  try {
    message = SwimRumour.decode(bytes);
  } catch (cause) {
    throw new ProtocolError('a rumour is malformed', { cause });
  }
  const status = statuses[message.status];
  if (status === undefined) {
    throw new ProtocolError(`a rumour has the unknown status ${message.status}`);
  }
  const accused = status === 'suspect' || status === 'failed';
  const statement = statementOf({ ...message, status: 0 });
  return accused
    ? { ...statement, status, accuser: decodeNodeId(message.accuser, "an accuser's ID") }
    : { ...statement, status };
}

/** The ID of the member that an encoded rumour is about, where it comes first as our encoder puts it. */
export function subjectOf(bytes: Uint8Array): string | undefined {
  if (bytes.length < 34 || bytes[0] !== 0x0a || bytes[1] !== 32) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset + 2, 32).toString('hex');
}
