import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { algorithmOfPublicKey } from './public-key.ts';

/**
 * A `verifySignature` for those who check many signatures of the same nodes: parsing a key costs more than checking a
 * signature with it, so those of the last `keptKeys` nodes are kept, 1,024 by default.
 */
export function createSignatureVerifier(
  keptKeys = 1_024,
): (publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array) => boolean {
  const keys = new Map<string, KeyObject>();
  const parsed = (publicKey: Uint8Array): KeyObject => {
    const der = Buffer.from(publicKey);
    const name = der.toString('latin1');
    const known = keys.get(name);
    if (known !== undefined) {
      // The least recently used come first.
      keys.delete(name);
      keys.set(name, known);
      return known;
    }
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    if (keys.size >= keptKeys) {
      const [oldest] = keys.keys();
      if (oldest !== undefined) keys.delete(oldest);
    }
    keys.set(name, key);
    return key;
  };
  return (publicKey, data, signature) => {
    const algorithm = algorithmOfPublicKey(publicKey);
    if (algorithm === undefined || signature.length !== 64) return false;
    try {
      const digest = algorithm === 'P-256' ? 'sha256' : null;
      return verify(digest, data, { key: parsed(publicKey), dsaEncoding: 'ieee-p1363' }, signature);
    } catch {
      // A point that is not on the curve: nobody can have signed with it.
      return false;
    }
  };
}
