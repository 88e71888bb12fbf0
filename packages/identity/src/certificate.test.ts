import { createHash, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { systemClock, systemRandom } from '@macula/core';
import { issueCertificate } from './certificate-issuer.ts';
import { validityFrom } from './certificate-validity.ts';
import {
  certificateDer,
  ephemeralIdentity,
  InvalidCertificateError,
  nodeIdOfCertificate,
  nodeIdOfPublicKey,
  publicKeyOfCertificate,
} from './index.ts';
import { generateKeyPair } from './key-pair.ts';

describe('nodeIdOfCertificate', () => {
  it.each(['P-256', 'Ed25519'] as const)(
    'is the SHA-256 of the SubjectPublicKeyInfo that OpenSSL finds (%s)',
    async (algorithm) => {
      const { certificateDer: der, nodeId } = await ephemeralIdentity({ algorithm });
      const spki = new X509Certificate(der).publicKey.export({ format: 'der', type: 'spki' });
      expect(nodeIdOfCertificate(der).key).toBe(createHash('sha256').update(spki).digest('hex'));
      expect(nodeIdOfCertificate(der).equals(nodeId)).toBe(true);
      expect(Buffer.from(publicKeyOfCertificate(der)).equals(spki)).toBe(true);
    },
  );

  it('reads a certificate that stands inside a larger buffer', async () => {
    const { certificateDer: der, nodeId } = await ephemeralIdentity();
    const view = Buffer.concat([randomBytes(7), der, randomBytes(9)]).subarray(7, 7 + der.length);
    expect(nodeIdOfCertificate(view).equals(nodeId)).toBe(true);
  });

  it('refuses a certificate that is cut off anywhere, or followed by more', async () => {
    const { certificateDer: der } = await ephemeralIdentity();
    for (let length = 0; length < der.length; length++) {
      expect(() => nodeIdOfCertificate(der.subarray(0, length))).toThrow(InvalidCertificateError);
    }
    expect(() => nodeIdOfCertificate(Buffer.concat([der, Buffer.from([0])]))).toThrow(
      /bytes follow/,
    );
  });

  it.each([
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey],
    ['X25519', generateKeyPairSync('x25519').publicKey],
  ])('refuses a certificate with a key of another kind: %s', async (_, publicKey) => {
    const pem = await issueCertificate(
      {
        commonName: 'other',
        publicKey: publicKey.export({ format: 'der', type: 'spki' }),
        names: ['localhost'],
        validity: validityFrom(systemClock.wallTime(), 86_400_000),
      },
      { keys: await generateKeyPair('P-256') },
      systemRandom,
    );
    expect(() => nodeIdOfCertificate(certificateDer(pem))).toThrow(InvalidCertificateError);
  });

  it('refuses the second encoding of a P-256 key, a compressed point', async () => {
    const { publicKey } = await ephemeralIdentity();
    const point = publicKey.subarray(27);
    const compressed = Buffer.concat([
      Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'),
      Buffer.from([2 + ((point[63] as number) & 1)]),
      point.subarray(0, 32),
    ]);
    expect(() => nodeIdOfPublicKey(compressed)).toThrow(InvalidCertificateError);
  });
});

describe('certificateDer', () => {
  it('takes the first certificate of a chain', async () => {
    const leaf = await ephemeralIdentity();
    const other = await ephemeralIdentity();
    const chain = `Subject: leaf\n${leaf.certificatePem}\n${other.certificatePem}`;
    expect(Buffer.from(certificateDer(chain)).equals(leaf.certificateDer)).toBe(true);
  });

  it('refuses text without a certificate, a private key for example', async () => {
    const { keyPem } = await ephemeralIdentity();
    expect(() => certificateDer(keyPem)).toThrow(InvalidCertificateError);
    expect(() => certificateDer('')).toThrow(InvalidCertificateError);
  });
});
