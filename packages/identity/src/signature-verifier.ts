import type { KeyObject } from 'node:crypto';
import { type KeyAlgorithm, readPublicKey, verifyWith } from './public-key.ts';

/**
 * A `verifySignature` for those who check many signatures of the same nodes: reading a key costs as much as checking a
 * signature with it, so those of the last `keptKeys` nodes are kept, 1,024 by default.
 */
export function createSignatureVerifier(
  keptKeys = 1_024,
): (publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array) => boolean {
  const keys = new Map<string, KeyObject>();
  const keep = (publicKey: Uint8Array, algorithm: KeyAlgorithm): KeyObject => {
    const name = Buffer.from(publicKey).toString('latin1');
    const known = keys.get(name);
    if (known !== undefined) {
      // The least recently used come first.
      keys.delete(name);
      keys.set(name, known);
      return known;
    }
    const key = readPublicKey(publicKey, algorithm);
    if (keys.size >= keptKeys) {
      const [oldest] = keys.keys();
      if (oldest !== undefined) keys.delete(oldest);
    }
    keys.set(name, key);
    return key;
  };
  return (publicKey, data, signature) => verifyWith(keep, publicKey, data, signature);
}
