import { InvalidArgumentError } from '@macula/core';
import { decodeValue, encodeValue } from './payload/payload-codec.ts';

/** What an event or a call tells beside its arguments. */
export type Details = Readonly<Record<string, unknown>>;

/** The longest encoded details, in bytes. */
export const maxDetailsLength = 16 * 1024;

/** The encoding of no details at all. */
export const noDetails = new Uint8Array();

/** Encodes details for a header. Throws InvalidArgumentError where they are too long, or InvalidPayloadError. */
export function encodeDetails(details: Details): Uint8Array {
  const bytes = encodeValue(details);
  if (bytes.length <= maxDetailsLength) return bytes;
  throw new InvalidArgumentError(
    `details may have ${maxDetailsLength} bytes when encoded, got ${bytes.length}`,
  );
}

/** Decodes what a peer sent as details: undefined where it is no map, or longer than allowed. Never throws. */
export function decodeDetails(bytes: Uint8Array): Details | undefined {
  if (bytes.length === 0 || bytes.length > maxDetailsLength) return undefined;
  try {
    const value = decodeValue(bytes);
    if (typeof value !== 'object' || value === null) return undefined;
    return Object.getPrototypeOf(value) === Object.prototype ? (value as Details) : undefined;
  } catch {
    return undefined;
  }
}
