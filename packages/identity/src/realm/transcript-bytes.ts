import { InvalidArgumentError, type MaculaError, type Realm, WrongRealmError } from '@macula/core';
import type { AdmissionMethod, RealmTranscript } from './realm-admission.ts';

/** Bytes in each side's nonce. */
const nonceLength = 32;

/** Why no member of `realm` can prove anything over `transcript`; undefined when all is well. */
export function transcriptProblem(
  realm: Realm,
  transcript: RealmTranscript,
): MaculaError | undefined {
  const { proverNonce, verifierNonce } = transcript;
  if (transcript.realm !== realm) {
    return new WrongRealmError(
      `asked to prove membership of realm ${transcript.realm}, but this node is a member of ${realm}`,
    );
  }
  if (proverNonce.length !== nonceLength || verifierNonce.length !== nonceLength) {
    return new InvalidArgumentError(
      `a realm proof needs nonces of ${nonceLength} bytes, got ${proverNonce.length} and ${verifierNonce.length}`,
    );
  }
  return undefined;
}

/**
 * The bytes that proofs of `method` are made over: a label, every field of the transcript, then
 * `extra`; each preceded by its length (4 bytes, big-endian), so that no two transcripts share an
 * encoding.
 */
export function transcriptBytes(
  method: AdmissionMethod,
  transcript: RealmTranscript,
  ...extra: readonly Uint8Array[]
): Uint8Array {
  const fields = [
    Buffer.from(`macula realm proof v1 ${method}`),
    Buffer.from(transcript.realm),
    transcript.proverId.bytes,
    transcript.verifierId.bytes,
    transcript.proverNonce,
    transcript.verifierNonce,
    ...extra,
  ];
  return Buffer.concat(
    fields.flatMap((field) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(field.length);
      return [length, field];
    }),
  );
}
