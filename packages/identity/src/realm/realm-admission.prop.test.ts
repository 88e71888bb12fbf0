import { beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock, systemRandom } from '@macula/core';
import fc from 'fast-check';
import { flipped, flippedTranscript, realm, transcriptWith } from '../../test/transcript.ts';
import {
  authorityAdmission,
  createRealmAuthority,
  ephemeralIdentity,
  issueRealmCertificate,
  type RealmAdmission,
  type RealmTranscript,
  secretAdmission,
} from '../index.ts';

/** An admission with a proof that it accepts. */
interface Proven {
  readonly admission: RealmAdmission;
  readonly transcript: RealmTranscript;
  readonly proof: Uint8Array;
}

const proven = new Map<string, Proven>();

async function prove(admission: RealmAdmission, transcript: RealmTranscript): Promise<void> {
  const proof = await admission.prove(transcript);
  expect(admission.verify(transcript, proof)).toBe(true);
  proven.set(admission.method, { admission, transcript, proof });
}

beforeAll(async () => {
  const clock = systemClock;
  const random = systemRandom;
  await prove(secretAdmission(realm, 'a secret of this realm'), transcriptWith());
  const authority = await createRealmAuthority({ realm, clock, random });
  const signer = await ephemeralIdentity();
  const nodeCertificatePem = signer.certificatePem;
  const options = { realm, authority, nodeCertificatePem, clock, random };
  const credential = { certificatePem: await issueRealmCertificate(options), signer };
  const authorities = [authority.certificatePem];
  const admission = authorityAdmission(realm, { authorities, clock, credential });
  await prove(admission, transcriptWith({ proverId: signer.nodeId }));
});

const bit = fc.nat(7);
const field = fc.constantFrom(
  'proverId' as const,
  'verifierId' as const,
  'proverNonce' as const,
  'verifierNonce' as const,
);

describe.each(['secret', 'certificate'])('a proof by %s', (method) => {
  const fixture = () => proven.get(method) as Proven;

  it('fails after any flip of one of its bits', () => {
    const { admission, transcript, proof } = fixture();
    fc.assert(
      fc.property(fc.nat(proof.length - 1), bit, (index, flip) => {
        expect(admission.verify(transcript, flipped(proof, index, flip))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('fails after any flip of one bit of what it is about', () => {
    const { admission, transcript, proof } = fixture();
    fc.assert(
      fc.property(field, fc.nat(31), bit, (name, index, flip) => {
        const changed = flippedTranscript(transcript, name, index, flip);
        expect(admission.verify(changed, proof)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('is not met by garbage', () => {
    const { admission, transcript } = fixture();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (garbage) => {
        expect(admission.verify(transcript, garbage)).toBe(false);
      }),
    );
  });
});
