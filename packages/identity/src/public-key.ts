import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { NodeId } from '@macula/core';
import { InvalidCertificateError } from './errors.ts';

/** The kinds of key a node may have. Browsers reach P-256 nodes only. */
export type KeyAlgorithm = 'P-256' | 'Ed25519';

/**
 * Each kind has exactly one accepted SubjectPublicKeyInfo: this prefix, then the key (for P-256 the
 * uncompressed point, 04·x·y). A second encoding of one key would give its owner a second NodeId.
 */
const encodings = [
  {
    algorithm: 'P-256',
    prefix: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex'),
    length: 91,
  },
  { algorithm: 'Ed25519', prefix: Buffer.from('302a300506032b6570032100', 'hex'), length: 44 },
] as const;

/** The kind of a SubjectPublicKeyInfo in DER; undefined when it is none that Macula accepts. */
export function algorithmOfPublicKey(publicKey: Uint8Array): KeyAlgorithm | undefined {
  for (const { algorithm, prefix, length } of encodings) {
    if (publicKey.length === length && prefix.compare(publicKey, 0, prefix.length) === 0) {
      return algorithm;
    }
  }
  return undefined;
}

/**
 * The NodeId of a SubjectPublicKeyInfo in DER: its SHA-256. Throws InvalidCertificateError for keys
 * other than P-256 with an uncompressed point, and Ed25519.
 */
export function nodeIdOfPublicKey(publicKey: Uint8Array): NodeId {
  if (algorithmOfPublicKey(publicKey) === undefined) {
    throw new InvalidCertificateError(
      `the public key (${publicKey.length} bytes) is neither a P-256 key with an uncompressed point nor an Ed25519 key`,
    );
  }
  return NodeId.fromBytes(createHash('sha256').update(publicKey).digest());
}

/**
 * Reads a SubjectPublicKeyInfo of that kind. By way of a JWK, which takes two thirds of the time: decoders of DER try much
 * that it cannot be. Throws for a point that is not on the curve.
 */
export function readPublicKey(publicKey: Uint8Array, algorithm: KeyAlgorithm): KeyObject {
  const coordinate = (from: number): string =>
    Buffer.from(publicKey.buffer, publicKey.byteOffset + from, 32).toString('base64url');
  const key =
    algorithm === 'P-256'
      ? { kty: 'EC', crv: algorithm, x: coordinate(27), y: coordinate(59) }
      : { kty: 'OKP', crv: algorithm, x: coordinate(12) };
  return createPublicKey({ key, format: 'jwk' });
}

/** Whether `signature` is what the owner of `publicKey` (SubjectPublicKeyInfo in DER) gave for `data`. False for anything malformed; never throws. */
export function verifySignature(
  publicKey: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  return verifyWith(readPublicKey, publicKey, data, signature);
}

/** As `verifySignature`, with keys that `read` gives. */
export function verifyWith(
  read: typeof readPublicKey,
  publicKey: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const algorithm = algorithmOfPublicKey(publicKey);
  if (algorithm === undefined || signature.length !== 64) return false;
  try {
    const key = read(publicKey, algorithm);
    const digest = algorithm === 'P-256' ? 'sha256' : null;
    return verify(digest, data, { key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    // A point that is not on the curve: nobody can have signed with it.
    return false;
  }
}
