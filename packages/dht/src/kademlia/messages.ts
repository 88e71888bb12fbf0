import {
  type Address,
  type DirectoryKey,
  formatAddress,
  parseAddress,
  ProtocolError,
} from '@macula/core';
import { decodeDirectoryKey, decodeNodeId, type KademliaContact } from '@macula/wire';
import { type Contact, maxContactAddresses } from './contact.ts';

/** A protobuf message type, as the generated code has it. */
export interface MessageType<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

/** Most bytes of records in one message, so that it stays far below the frame limit and delays others little. */
export const pageBytes = 64 * 1024;

export function contactMessage({ id, addresses }: Contact): KademliaContact {
  return { id: id.bytes, addresses: addressTexts(addresses) };
}

/** Reads contacts, at most `limit` of them. Throws ProtocolError. */
export function contactsOf(messages: readonly KademliaContact[], limit: number): Contact[] {
  if (messages.length > limit) {
    throw new ProtocolError(`a peer names ${messages.length} contacts; ${limit} are allowed`);
  }
  return messages.map(({ id, addresses }) => ({
    id: decodeNodeId(id, "a contact's ID"),
    addresses: addressesOf(addresses),
  }));
}

export function addressTexts(addresses: readonly Address[]): string[] {
  return addresses.slice(0, maxContactAddresses).map(formatAddress);
}

/** Throws ProtocolError. */
export function addressesOf(texts: readonly string[]): Address[] {
  if (texts.length > maxContactAddresses) {
    throw new ProtocolError(
      `a contact has ${texts.length} addresses; ${maxContactAddresses} are allowed`,
    );
  }
  try {
    return texts.map((text) => parseAddress(text));
  } catch (cause) {
    throw new ProtocolError('a contact has a malformed address', { cause });
  }
}

/** Throws ProtocolError. */
export function keyOf(bytes: Uint8Array): DirectoryKey {
  return decodeDirectoryKey(bytes, 'a directory key');
}
