/** A copy of `bytes[start, end)` in memory of its own. A Buffer's slice() would share its memory. */
export function copyBytes(bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}
