/** About how many bytes a value takes when it is encoded: for limits, not for accounts. */
export function approximateBytes(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  let bytes = 2;
  if (Array.isArray(value)) {
    for (const item of value) bytes += approximateBytes(item);
    return bytes;
  }
  for (const [key, item] of Object.entries(value)) bytes += key.length + 3 + approximateBytes(item);
  return bytes;
}
