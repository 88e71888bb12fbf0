import { beforeAll, describe, expect, it } from '@jest/globals';
import { InvalidArgumentError, NodeId, systemRandom, WrongRealmError } from '@macula/core';
import { day, ManualClock } from '../../test/manual-clock.ts';
import { mirrored, otherRealm, realm, transcriptWith } from '../../test/transcript.ts';
import {
  authorityAdmission,
  CertificateExpiredError,
  createRealmAuthority,
  ephemeralIdentity,
  type Identity,
  IdentityMismatchError,
  InvalidCertificateError,
  issueRealmCertificate,
  openAdmission,
  type RealmAdmission,
  type RealmAuthority,
  secretAdmission,
} from '../index.ts';

const clock = new ManualClock();
const random = systemRandom;
const secret = 'correct horse battery staple';

/** A member's identity with the admission that proves it. */
interface MemberFixture {
  readonly identity: Identity;
  readonly admission: RealmAdmission;
}

let authority: RealmAuthority;

async function certifiedMember(
  by: RealmAuthority = authority,
  algorithm: 'P-256' | 'Ed25519' = 'P-256',
): Promise<MemberFixture> {
  const identity = await ephemeralIdentity({ clock, algorithm });
  const nodeCertificatePem = identity.certificatePem;
  const options = { realm, authority: by, nodeCertificatePem, clock, random };
  const certificatePem = await issueRealmCertificate(options);
  const credential = { certificatePem, signer: identity };
  const authorities = [by.certificatePem];
  return { identity, admission: authorityAdmission(realm, { authorities, clock, credential }) };
}

beforeAll(async () => {
  authority = await createRealmAuthority({ realm, clock, random });
});

const methods: [string, () => Promise<MemberFixture>][] = [
  ['open', async () => ({ identity: await ephemeralIdentity(), admission: openAdmission(realm) })],
  [
    'secret',
    async () => ({
      identity: await ephemeralIdentity(),
      admission: secretAdmission(realm, secret),
    }),
  ],
  ['certificate', () => certifiedMember()],
];

describe.each(methods)('admission by %s', (method, member) => {
  it('accepts what a member proves to another', async () => {
    const prover = await member();
    const verifier = await member();
    const transcript = transcriptWith({
      proverId: prover.identity.nodeId,
      verifierId: verifier.identity.nodeId,
    });
    expect(prover.admission.method).toBe(method);
    expect(prover.admission.realm).toBe(realm);
    const proof = await prover.admission.prove(transcript);
    expect(verifier.admission.verify(transcript, proof)).toBe(true);
  });

  it('neither proves nor accepts anything for another realm', async () => {
    const { identity, admission } = await member();
    const transcript = transcriptWith({ proverId: identity.nodeId });
    const elsewhere = { ...transcript, realm: otherRealm };
    expect(() => admission.prove(elsewhere)).toThrow(WrongRealmError);
    expect(admission.verify(elsewhere, await admission.prove(transcript))).toBe(false);
  });

  it('neither proves nor accepts anything over short nonces', async () => {
    const { identity, admission } = await member();
    const transcript = transcriptWith({ proverId: identity.nodeId });
    const short = { ...transcript, verifierNonce: new Uint8Array(31) };
    expect(() => admission.prove(short)).toThrow(InvalidArgumentError);
    expect(admission.verify(short, await admission.prove(transcript))).toBe(false);
  });
});

describe.each(methods.slice(1))('a proof by %s', (_, member) => {
  it('fails when it comes back to the one who made it', async () => {
    const { identity, admission } = await member();
    const transcript = transcriptWith({ proverId: identity.nodeId });
    const proof = await admission.prove(transcript);
    expect(admission.verify(mirrored(transcript), proof)).toBe(false);
  });

  it('fails with another verifier, and in another session', async () => {
    const { identity, admission } = await member();
    const transcript = transcriptWith({ proverId: identity.nodeId });
    const proof = await admission.prove(transcript);
    const { verifierId, verifierNonce, proverNonce } = transcriptWith();
    expect(admission.verify({ ...transcript, verifierId }, proof)).toBe(false);
    expect(admission.verify({ ...transcript, verifierNonce }, proof)).toBe(false);
    expect(admission.verify({ ...transcript, proverNonce }, proof)).toBe(false);
  });

  it('fails when it is empty, cut off or extended', async () => {
    const { identity, admission } = await member();
    const transcript = transcriptWith({ proverId: identity.nodeId });
    const proof = await admission.prove(transcript);
    for (const wrong of [
      new Uint8Array(0),
      proof.subarray(0, 10),
      proof.subarray(1),
      proof.subarray(0, proof.length - 1),
      Buffer.concat([proof, new Uint8Array(1)]),
      new Uint8Array(100_000),
    ]) {
      expect(admission.verify(transcript, wrong)).toBe(false);
    }
  });
});

describe('secretAdmission', () => {
  it('refuses a node with another secret', async () => {
    const transcript = transcriptWith();
    const proof = await secretAdmission(realm, 'another secret of length').prove(transcript);
    expect(secretAdmission(realm, secret).verify(transcript, proof)).toBe(false);
  });

  it('keys one secret differently in each realm', async () => {
    const transcript = transcriptWith({ realm: otherRealm });
    const proof = await secretAdmission(otherRealm, secret).prove(transcript);
    const claimed = { ...transcript, realm };
    expect(secretAdmission(realm, secret).verify(claimed, proof)).toBe(false);
  });

  it('takes text or its UTF-8 bytes', async () => {
    const transcript = transcriptWith();
    const proof = await secretAdmission(realm, Buffer.from(secret)).prove(transcript);
    expect(secretAdmission(realm, secret).verify(transcript, proof)).toBe(true);
  });

  it('refuses secrets that are easily guessed', () => {
    expect(() => secretAdmission(realm, 'fifteen bytes..')).toThrow(InvalidArgumentError);
  });
});

describe('openAdmission', () => {
  it('refuses a peer that brings a proof: it uses another method', () => {
    expect(openAdmission(realm).verify(transcriptWith(), new Uint8Array(1))).toBe(false);
  });
});

describe('authorityAdmission', () => {
  const verifier = (...authorities: string[]) => authorityAdmission(realm, { authorities, clock });

  it('admits Ed25519 nodes, and members that any of the listed authorities certified', async () => {
    const second = await createRealmAuthority({ realm, clock, random, algorithm: 'Ed25519' });
    const { identity, admission } = await certifiedMember(second, 'Ed25519');
    const transcript = transcriptWith({ proverId: identity.nodeId });
    const proof = await admission.prove(transcript);
    const both = authority.certificatePem + second.certificatePem;
    expect(verifier(both).verify(transcript, proof)).toBe(true);
    expect(verifier(authority.certificatePem).verify(transcript, proof)).toBe(false);
  });

  it('refuses the certificate of an authority of the same name with another key', async () => {
    const impostor = await createRealmAuthority({ realm, clock, random });
    const { identity, admission } = await certifiedMember(impostor);
    const transcript = transcriptWith({ proverId: identity.nodeId });
    const proof = await admission.prove(transcript);
    expect(verifier(authority.certificatePem).verify(transcript, proof)).toBe(false);
  });

  it("refuses a member's certificate in the hands of another node", async () => {
    const member = await certifiedMember();
    const thief = await ephemeralIdentity({ clock });
    const proof = await member.admission.prove(
      transcriptWith({ proverId: member.identity.nodeId }),
    );
    const transcript = transcriptWith({ proverId: thief.nodeId });
    expect(verifier(authority.certificatePem).verify(transcript, proof)).toBe(false);
  });

  it('refuses a member that certifies another node', async () => {
    const member = await certifiedMember();
    const memberAsAuthority = {
      keyPem: member.identity.keyPem,
      certificatePem: member.identity.certificatePem,
    };
    const friend = await ephemeralIdentity({ clock });
    const certificatePem = await issueRealmCertificate({
      realm,
      authority: memberAsAuthority,
      nodeCertificatePem: friend.certificatePem,
      clock,
      random,
    });
    const authorities = [authority.certificatePem];
    const credential = { certificatePem, signer: friend };
    const admission = authorityAdmission(realm, { authorities, clock, credential });
    const transcript = transcriptWith({ proverId: friend.nodeId });
    const proof = await admission.prove(transcript);
    expect(verifier(authority.certificatePem).verify(transcript, proof)).toBe(false);
  });

  it('refuses a certificate that has ended, on both sides', async () => {
    const { identity, admission } = await certifiedMember();
    const transcript = transcriptWith({ proverId: identity.nodeId });
    const proof = await admission.prove(transcript);
    const later = new ManualClock();
    later.advance(366 * day);
    const authorities = [authority.certificatePem];
    expect(authorityAdmission(realm, { authorities, clock: later }).verify(transcript, proof)).toBe(
      false,
    );
    const earlier = new ManualClock();
    earlier.advance(-day);
    expect(
      authorityAdmission(realm, { authorities, clock: earlier }).verify(transcript, proof),
    ).toBe(false);
  });

  it('does not try to prove with a certificate that has ended', async () => {
    const own = new ManualClock();
    const identity = await ephemeralIdentity({ clock });
    const nodeCertificatePem = identity.certificatePem;
    const options = { realm, authority, nodeCertificatePem, clock, random, days: 7 };
    const credential = { certificatePem: await issueRealmCertificate(options), signer: identity };
    const authorities = [authority.certificatePem];
    const admission = authorityAdmission(realm, { authorities, clock: own, credential });
    own.advance(8 * day);
    const transcript = transcriptWith({ proverId: identity.nodeId });
    // A realm's error, which a link closes with as such: nothing internal went wrong.
    const prove = (): unknown => admission.prove(transcript);
    expect(prove).toThrow(WrongRealmError);
    expect(prove).toThrow(
      expect.objectContaining({ cause: expect.any(CertificateExpiredError) as unknown }),
    );
  });

  it('refuses members once their authority has ended', async () => {
    const short = await createRealmAuthority({ realm, clock, random, days: 2 });
    const { identity, admission } = await certifiedMember(short);
    const transcript = transcriptWith({ proverId: identity.nodeId });
    const proof = await admission.prove(transcript);
    const later = new ManualClock();
    later.advance(3 * day);
    const authorities = [short.certificatePem];
    expect(authorityAdmission(realm, { authorities, clock: later }).verify(transcript, proof)).toBe(
      false,
    );
  });

  it('does not prove without a credential', () => {
    expect(() => verifier(authority.certificatePem).prove(transcriptWith())).toThrow(
      WrongRealmError,
    );
  });

  it('refuses a credential of another node, or of another realm, when it is made', async () => {
    const { identity } = await certifiedMember();
    const other = await ephemeralIdentity({ clock });
    const authorities = [authority.certificatePem];
    const options = { authority, nodeCertificatePem: identity.certificatePem, clock, random };
    const certificatePem = await issueRealmCertificate({ ...options, realm });
    expect(() =>
      authorityAdmission(realm, {
        authorities,
        clock,
        credential: { certificatePem, signer: other },
      }),
    ).toThrow(IdentityMismatchError);
    const elsewhere = await issueRealmCertificate({ ...options, realm: otherRealm });
    expect(() =>
      authorityAdmission(realm, {
        authorities,
        clock,
        credential: { certificatePem: elsewhere, signer: identity },
      }),
    ).toThrow(WrongRealmError);
  });

  it('refuses authorities that are none', async () => {
    const node = await ephemeralIdentity({ clock });
    expect(() => verifier()).toThrow(InvalidArgumentError);
    expect(() => verifier('no PEM')).toThrow(InvalidCertificateError);
    expect(() => verifier(node.certificatePem)).toThrow(InvalidArgumentError);
    expect(() => verifier('-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----')).toThrow(
      InvalidCertificateError,
    );
  });
});

describe('issueRealmCertificate', () => {
  it("refuses an authority's key without its certificate", async () => {
    const other = await createRealmAuthority({ realm, clock, random });
    const { certificatePem } = await ephemeralIdentity({ clock });
    const mixed = { keyPem: other.keyPem, certificatePem: authority.certificatePem };
    await expect(
      issueRealmCertificate({
        realm,
        authority: mixed,
        nodeCertificatePem: certificatePem,
        clock,
        random,
      }),
    ).rejects.toThrow(IdentityMismatchError);
  });
});

describe('a NodeId that proves to itself', () => {
  it('is held to the nonces: the two directions differ', async () => {
    const self = NodeId.fromBytes(new Uint8Array(32));
    const transcript = transcriptWith({ proverId: self, verifierId: self });
    const admission = secretAdmission(realm, secret);
    const proof = await admission.prove(transcript);
    expect(admission.verify(mirrored(transcript), proof)).toBe(false);
  });
});
