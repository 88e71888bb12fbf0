import {
  type Address,
  formatAddress,
  type NodeId,
  parseAddress,
  ProtocolError,
} from '@macula/core';
import { decodeNodeId, MemberRecord, MemberRecord_Status } from '@macula/wire';
import { maxMetadataBytes, metadataBytes } from './metadata.ts';

/** Most addresses that a record may carry. */
export const maxAddresses = 16;
/** Longest address text: a DNS name of 253 characters, brackets, colon and port fit. */
const maxAddressLength = 300;

/** What somebody says of a node, checked. */
export interface MemberStatement {
  readonly id: NodeId;
  readonly incarnation: bigint;
  readonly addresses: readonly Address[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Puts a statement into its wire form. */
export function recordOf(statement: MemberStatement, suspect = false): MemberRecord {
  return {
    id: statement.id.bytes,
    incarnation: statement.incarnation,
    addresses: statement.addresses.slice(0, maxAddresses).map(formatAddress),
    metadata: { ...statement.metadata },
    status: suspect ? MemberRecord_Status.SUSPECT : MemberRecord_Status.ALIVE,
  };
}

/** Checks a record that a peer has sent. Throws ProtocolError. */
export function statementOf(record: MemberRecord | undefined): MemberStatement {
  if (record === undefined) throw new ProtocolError('a membership frame lacks its member record');
  const id = decodeNodeId(record.id, "a member record's ID");
  if (record.addresses.length > maxAddresses) {
    throw new ProtocolError(
      `a member record has ${record.addresses.length} addresses; ${maxAddresses} are allowed`,
    );
  }
  const bytes = metadataBytes(record.metadata);
  if (bytes > maxMetadataBytes) {
    throw new ProtocolError(
      `a member record has ${bytes} bytes of metadata; ${maxMetadataBytes} are allowed`,
    );
  }
  return {
    id,
    incarnation: record.incarnation,
    addresses: record.addresses.map(addressOf).filter(({ port }) => port !== 0),
    metadata: Object.freeze({ ...record.metadata }),
  };
}

function addressOf(text: string): Address {
  if (text.length > maxAddressLength) {
    throw new ProtocolError(`a member record has an address of ${text.length} characters`);
  }
  try {
    return parseAddress(text);
  } catch (cause) {
    throw new ProtocolError(`a member record has a malformed address`, { cause });
  }
}
