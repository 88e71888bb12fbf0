/** Kinds of messages (RFC 6455, 5.2). */
const opcode = { text: 0x1, binary: 0x2 } as const;
const final = 0x80;

/** Bytes of the header of an unmasked frame with `length` bytes in it. */
export function frameHeaderLength(length: number): number {
  if (length < 126) return 2;
  return length < 1 << 16 ? 4 : 10;
}

/** Writes the header of a message of one frame, as servers send it (RFC 6455, 5.2). Returns where the payload begins. */
export function writeFrameHeader(
  bytes: Buffer,
  offset: number,
  kind: keyof typeof opcode,
  length: number,
): number {
  bytes[offset] = final | opcode[kind];
  if (length < 126) {
    bytes[offset + 1] = length;
    return offset + 2;
  }
  if (length < 1 << 16) {
    bytes[offset + 1] = 126;
    return bytes.writeUInt16BE(length, offset + 2);
  }
  bytes[offset + 1] = 127;
  bytes.writeUInt32BE(Math.floor(length / 2 ** 32), offset + 2);
  return bytes.writeUInt32BE(length >>> 0, offset + 6);
}
