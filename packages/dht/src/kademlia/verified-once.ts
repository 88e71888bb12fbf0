import { createHash } from 'node:crypto';
import type { RecordVerifier } from './record.ts';

/** Signatures that are remembered; about 100 bytes each. */
const rememberedSignatures = 16_384;

/**
 * Verifies a signature once, and remembers it by its hash as long as it is among the last so many: a record comes from several
 * replicas, into the store and into what is looked up, and again after a cache was emptied. Hashing costs a fiftieth of
 * verifying. What is not authentic is not remembered, so that forgeries push nothing out.
 */
export function verifiedOnce(
  verify: RecordVerifier,
  capacity: number = rememberedSignatures,
): RecordVerifier {
  /** Longest unused first. */
  const verified = new Set<string>();
  return (publicKey, data, signature) => {
    const name = hashOf(publicKey, data, signature);
    if (!verified.delete(name) && !verify(publicKey, data, signature)) return false;
    verified.add(name);
    if (verified.size > capacity) {
      for (const oldest of verified) {
        verified.delete(oldest);
        break;
      }
    }
    return true;
  };
}

/** With the lengths, so that no other division of the same bytes has the same hash. */
function hashOf(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(`${part.length}.`);
    hash.update(part);
  }
  return hash.digest('base64');
}
