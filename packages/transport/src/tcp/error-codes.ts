/**
 * HTTP/2 (RFC 9113, §7) has one 32-bit space for error codes, of which the low numbers are its own.
 * The codes that streams are reset with travel above this base ("mac" in ASCII, then the code).
 */
const applicationBase = 0x6d616300;

/** Our codes have 8 bits on this protocol. */
const largestCode = 0xff;

/** The HTTP/2 error code that carries `code`. */
export function toHttp2Code(code: number): number {
  return applicationBase + Math.min(Math.max(0, code), largestCode);
}

/** Our code in an HTTP/2 error code; undefined where the number is HTTP/2's own. */
export function fromHttp2Code(code: number | undefined): number | undefined {
  if (code === undefined) return undefined;
  const own = code - applicationBase;
  return own >= 0 && own <= largestCode ? own : undefined;
}
