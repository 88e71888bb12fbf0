/** Longest close message that travels, in bytes. */
const maxMessageBytes = 256;

/** Why a connection was closed. */
export interface GoodbyeData {
  readonly code: number;
  readonly message: string;
}

/**
 * The opaque data of the GOAWAY frame that closes a connection: one byte of code, then UTF-8. The frame's own
 * error code stays NO_ERROR, because Node tears a session down at any other before it has delivered
 * what arrived earlier.
 */
export function encodeGoodbye({ code, message }: GoodbyeData): Uint8Array {
  const text = new TextEncoder().encode(message).subarray(0, maxMessageBytes);
  return Uint8Array.of(Math.min(Math.max(0, code), 0xff), ...text);
}

/** Undefined where HTTP/2 itself ended the session. */
export function decodeGoodbye(data: Uint8Array | undefined): GoodbyeData | undefined {
  const code = data?.[0];
  if (data === undefined || code === undefined) return undefined;
  return { code, message: new TextDecoder().decode(data.subarray(1, 1 + maxMessageBytes)) };
}
