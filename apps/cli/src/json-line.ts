/** One line of JSON: bytes as base64, big integers as text, a missing value as null. */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) => {
    if (part instanceof Uint8Array) return Buffer.from(part).toString('base64');
    // A Buffer has been through its own toJSON already.
    if (isBufferJson(part)) return Buffer.from(part.data).toString('base64');
    return typeof part === 'bigint' ? part.toString() : part;
  }) as string | undefined;
  return `${text ?? 'null'}\n`;
}

function isBufferJson(part: unknown): part is { readonly data: readonly number[] } {
  return (
    typeof part === 'object' &&
    part !== null &&
    'type' in part &&
    part.type === 'Buffer' &&
    'data' in part
  );
}
