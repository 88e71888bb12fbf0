import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  ephemeralIdentity,
  InvalidCertificateError,
  nodeIdOfCertificate,
  nodeIdOfPublicKey,
} from './index.ts';

let certificates: readonly Uint8Array[];

beforeAll(async () => {
  const identities = [
    await ephemeralIdentity(),
    await ephemeralIdentity({ algorithm: 'Ed25519', names: ['node.example', '10.0.0.1'] }),
  ];
  certificates = identities.map((identity) => identity.certificateDer);
});

describe('nodeIdOfCertificate, for any bytes', () => {
  it('throws InvalidCertificateError for garbage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect(() => nodeIdOfCertificate(bytes)).toThrow(InvalidCertificateError);
      }),
    );
  });

  it('names the key that OpenSSL reads, wherever both can read a damaged certificate', () => {
    const change = fc.record({ which: fc.nat(1), index: fc.nat(700), value: fc.nat(255) });
    fc.assert(
      fc.property(change, ({ which, index, value }) => {
        const der = Uint8Array.from(certificates[which] as Uint8Array);
        der[index % der.length] = value;
        const ours = nodeIdByUs(der);
        const theirs = nodeIdByOpenSsl(der);
        if (ours !== undefined && theirs !== undefined) expect(ours).toBe(theirs);
      }),
      { numRuns: 2_000 },
    );
  });
});

function nodeIdByUs(der: Uint8Array): string | undefined {
  try {
    return nodeIdOfCertificate(der).key;
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidCertificateError);
    return undefined;
  }
}

function nodeIdByOpenSsl(der: Uint8Array): string | undefined {
  try {
    const key = new X509Certificate(der).publicKey.export({ format: 'der', type: 'spki' });
    return nodeIdOfPublicKey(key).key;
  } catch {
    return undefined;
  }
}
