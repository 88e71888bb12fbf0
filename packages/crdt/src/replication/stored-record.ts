import { sha256 } from '../sha256.ts';
import { DamagedStoreError } from '../errors.ts';

const checksumBytes = 8;

/** A record as it is stored: the beginning of its SHA-256, then itself. */
export function sealRecord(body: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(checksumBytes + body.length);
  sealed.set(sha256(body).subarray(0, checksumBytes));
  sealed.set(body, checksumBytes);
  return sealed;
}

/** The record again. Throws DamagedStoreError when its checksum is wrong. */
export function openRecord(key: string, sealed: Uint8Array): Uint8Array {
  const body = sealed.subarray(checksumBytes);
  const checksum = sha256(body).subarray(0, checksumBytes);
  if (
    sealed.length < checksumBytes ||
    Buffer.compare(checksum, sealed.subarray(0, checksumBytes)) !== 0
  ) {
    throw new DamagedStoreError(
      `the store's record ${JSON.stringify(key)} is damaged: remove the store, and peers will fill it again; or restore it from a copy, and start once with renewWriter`,
    );
  }
  return body;
}
