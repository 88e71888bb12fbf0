/** One tag-length-value element of a DER encoding (X.690): where it and its content lie in the bytes. */
export interface DerElement {
  readonly tag: number;
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
}

/** Reads the element at `start`. Undefined when it is not DER, or reaches beyond `limit`. Tags above 30 do not occur in certificates and are refused. */
export function readDerElement(
  bytes: Uint8Array,
  start: number,
  limit: number,
): DerElement | undefined {
  if (start + 2 > limit) return undefined;
  const tag = bytes[start] as number;
  const first = bytes[start + 1] as number;
  if ((tag & 0x1f) === 0x1f || first === 0x80 || first > 0x83) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const contentStart = start + 2 + lengthBytes;
  if (contentStart > limit) return undefined;
  let length = first;
  if (lengthBytes > 0) {
    length = 0;
    for (let i = start + 2; i < contentStart; i++) length = length * 256 + (bytes[i] as number);
    const shortest = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
    if (shortest !== lengthBytes) return undefined;
  }
  const end = contentStart + length;
  return end > limit ? undefined : { tag, start, contentStart, end };
}
