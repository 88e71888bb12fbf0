import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { NodeId, type Random } from '@macula/core';

/** Who a simulated node is, and how it signs: what `createNode` wants as `identity` beside `links`. */
export interface SeededIdentity {
  readonly nodeId: NodeId;
  /** The SubjectPublicKeyInfo in DER, whose SHA-256 is `nodeId`. */
  readonly publicKey: Uint8Array;
  /** Signs with Ed25519: 64 bytes. */
  sign(data: Uint8Array): Uint8Array;
}

/** What stands before the 32 bytes of a private Ed25519 key in PKCS #8 (RFC 8410, §7). */
const privateKeyPrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const seedBytes = 32;

/**
 * An identity from a source of chance, for simulations: with the same seed the same key, and, because Ed25519 draws
 * nothing when it signs (RFC 8032, §5.1.6), the same signatures. Whoever knows the seed knows the key.
 */
export function seededIdentity(random: Random): SeededIdentity {
  const der = Buffer.concat([privateKeyPrefix, random.bytes(seedBytes)]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    nodeId: NodeId.fromBytes(createHash('sha256').update(publicKey).digest()),
    publicKey,
    sign: (data) => sign(null, data, key),
  };
}
