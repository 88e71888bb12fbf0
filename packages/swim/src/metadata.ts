import { InvalidArgumentError } from '@macula/core';

/** Longest metadata: UTF-8 bytes of all keys and values together. */
export const maxMetadataBytes = 512;

/** UTF-8 bytes of all keys and values together. */
export function metadataBytes(metadata: Readonly<Record<string, string>>): number {
  let bytes = 0;
  for (const [key, value] of Object.entries(metadata)) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  return bytes;
}

/** A frozen copy. Throws InvalidArgumentError for values that are not text and for more than 512 bytes. */
export function checkedMetadata(
  metadata: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') {
      throw new InvalidArgumentError(
        `metadata.${key} is a ${typeof value}: metadata values are text`,
      );
    }
  }
  const bytes = metadataBytes(metadata);
  if (bytes > maxMetadataBytes) {
    throw new InvalidArgumentError(
      `metadata takes ${bytes} bytes; all keys and values together may take ${maxMetadataBytes}`,
    );
  }
  return Object.freeze({ ...metadata });
}

/** Whether two metadata say the same. */
export function sameMetadata(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
