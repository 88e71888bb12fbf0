/** Up to here a loop is faster than making a view for the engine's own copying. */
const shortCopy = 64;

/** A copy of `bytes[start, end)` in memory of its own. A Buffer's slice() would share its memory. */
export function copyBytes(bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}

/** Copies `bytes[start, end)` to `target` from `offset` on. */
export function copyInto(
  target: Uint8Array,
  offset: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if (end - start > shortCopy) target.set(bytes.subarray(start, end), offset);
  else for (let from = start, to = offset; from < end;) target[to++] = bytes[from++] as number;
}
