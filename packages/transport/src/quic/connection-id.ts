import type { Random } from '@macula/core';

/** Every connection ID that this engine issues has this many bytes. */
export const connectionIdLength = 20;

// Diallers of links mark the source connection ID of their first packet, so that the acceptor can
// demand a certificate from nodes and not from browsers. A hint only: security rests on TLS.
const mark0 = 0x6d;
const mark1 = 0x63;

/** A fresh connection ID that tells the acceptor to expect a mesh node. */
export function markedConnectionId(random: Random): Buffer {
  const id = freshConnectionId(random);
  id[0] = mark0;
  id[1] = mark1;
  return id;
}

export function freshConnectionId(random: Random): Buffer {
  return Buffer.from(random.bytes(connectionIdLength));
}

export function isMarked(sourceConnectionId: Uint8Array): boolean {
  return (
    sourceConnectionId.length === connectionIdLength &&
    sourceConnectionId[0] === mark0 &&
    sourceConnectionId[1] === mark1
  );
}

/** Map key of a connection ID inside a packet. */
export function connectionIdKey(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, end);
}

/** The same of the destination's ID in a packet with a long header, of any version (RFC 8999 §5.1). */
export function destinationIdKey(packet: Buffer): string {
  return connectionIdKey(packet, idStart, idStart + (packet[idStart - 1] ?? 0));
}

// Behind the first byte, the version and the ID's length.
const idStart = 6;
