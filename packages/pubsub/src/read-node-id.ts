import { NodeId } from '@macula/core';
import { MalformedFrameError } from '@macula/wire';

/** A NodeId that a peer wrote. Throws MalformedFrameError. */
export function readNodeId(bytes: Uint8Array): NodeId {
  if (bytes.length !== NodeId.byteLength) {
    throw new MalformedFrameError(`a NodeId cannot have ${bytes.length} bytes`);
  }
  return NodeId.fromBytes(bytes);
}
