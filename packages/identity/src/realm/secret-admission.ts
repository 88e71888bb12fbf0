import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { InvalidArgumentError, type Realm } from '@macula/core';
import type { RealmAdmission, RealmTranscript } from './realm-admission.ts';
import { transcriptBytes, transcriptProblem } from './transcript-bytes.ts';

/** Fewest bytes in a realm's secret. */
const shortestSecret = 16;

/**
 * Admits nodes that know the realm's secret: HMAC-SHA-256 over the transcript, keyed by HKDF-SHA-256
 * (RFC 5869) of the secret, with the realm as context. Whoever this node meets gets to see a proof and
 * can try secrets against it at leisure, so take random bytes (`openssl rand -base64 32`), not a
 * password. Throws InvalidArgumentError for secrets under 16 bytes (UTF-8).
 */
export function secretAdmission(realm: Realm, secret: string | Uint8Array): RealmAdmission {
  const secretBytes = Buffer.from(secret);
  if (secretBytes.length < shortestSecret) {
    throw new InvalidArgumentError(
      `the secret of realm ${realm} has ${secretBytes.length} bytes, it needs at least ${shortestSecret}: make one with \`openssl rand -base64 32\``,
    );
  }
  const key = Buffer.from(hkdfSync('sha256', secretBytes, 'macula realm secret v1', realm, 32));
  const proofOf = (transcript: RealmTranscript) =>
    createHmac('sha256', key).update(transcriptBytes('secret', transcript)).digest();
  return {
    realm,
    method: 'secret',
    prove(transcript) {
      const problem = transcriptProblem(realm, transcript);
      if (problem) throw problem;
      return proofOf(transcript);
    },
    verify(transcript, proof) {
      if (transcriptProblem(realm, transcript)) return false;
      const expected = proofOf(transcript);
      return expected.length === proof.length && timingSafeEqual(expected, proof);
    },
  };
}
