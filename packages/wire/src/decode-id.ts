import { DirectoryKey, Id, NodeId } from '@macula/core';
import { MalformedMessageError } from './errors.ts';

/** The NodeId that a peer wrote. `what` names it in the error. Throws MalformedMessageError, a ProtocolError, for any other length. */
export function decodeNodeId(bytes: Uint8Array, what: string): NodeId {
  return NodeId.fromBytes(ofIdLength(bytes, what));
}

/** The same of a key of the directory. */
export function decodeDirectoryKey(bytes: Uint8Array, what: string): DirectoryKey {
  return DirectoryKey.fromBytes(ofIdLength(bytes, what));
}

function ofIdLength(bytes: Uint8Array, what: string): Uint8Array {
  if (bytes.length === Id.byteLength) return bytes;
  throw new MalformedMessageError(`${what} has ${bytes.length} bytes instead of ${Id.byteLength}`);
}
