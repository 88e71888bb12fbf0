import { X509Certificate, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type { Random } from '@macula/core';
import type { Extension } from '@peculiar/x509';
import type { Validity } from './certificate-validity.ts';
import type { KeyPair } from './key-pair.ts';
import type { KeyAlgorithm } from './public-key.ts';

/** What to certify. */
export interface CertificateRequest {
  /** The subject's common name; at most 64 characters. */
  readonly commonName: string;
  /** The subject's SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** Subject alternative names: IP addresses, URIs (with a scheme), or DNS names. */
  readonly names: readonly string[];
  readonly validity: Validity;
  /** Whether the subject may certify others; such certificates end there, their subjects may not. Default false. */
  readonly authority?: boolean;
}

/** Who certifies. */
export interface CertificateIssuer {
  readonly keys: KeyPair;
  /** The issuer's own certificate, PEM. Without one the certificate is self-signed. */
  readonly certificatePem?: string;
}

const signingAlgorithms: Record<KeyAlgorithm, { name: string; hash: string; namedCurve?: string }> =
  {
    'P-256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
    Ed25519: { name: 'Ed25519', hash: 'SHA-512' },
  };

/**
 * Issues an X.509 certificate (RFC 5280), as PEM. `random` gives the serial number.
 * The X.509 library is loaded on first use: it costs a fifth of a second and 20 MB, and nodes that find
 * a fresh certificate on disk never need it.
 */
export async function issueCertificate(
  request: CertificateRequest,
  issuer: CertificateIssuer,
  random: Random,
): Promise<string> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const algorithm = signingAlgorithms[issuer.keys.algorithm];
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    issuer.keys.keyDer,
    algorithm,
    false,
    ['sign'],
  );
  const subject = new x509.Name([{ CN: [request.commonName] }]);
  const usages = request.authority
    ? x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign
    : x509.KeyUsageFlags.digitalSignature;
  const extensions: Extension[] = [
    new x509.BasicConstraintsExtension(
      request.authority ?? false,
      request.authority ? 0 : undefined,
      true,
    ),
    new x509.KeyUsagesExtension(usages, true),
    new x509.SubjectAlternativeNameExtension(
      request.names.map((name) => ({ type: nameType(name), value: name })),
    ),
  ];
  if (!request.authority) {
    const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
    extensions.push(new x509.ExtendedKeyUsageExtension([serverAuth, clientAuth]));
  }
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(random),
      subject,
      issuer:
        issuer.certificatePem === undefined
          ? subject
          : new x509.X509Certificate(issuer.certificatePem).subjectName,
      notBefore: new Date(request.validity.notBefore),
      notAfter: new Date(request.validity.notAfter),
      publicKey: new x509.PublicKey(Buffer.from(request.publicKey)),
      signingKey,
      signingAlgorithm: algorithm,
      extensions,
    },
    webcrypto as NonNullable<Parameters<typeof x509.X509CertificateGenerator.create>[1]>,
  );
  return new X509Certificate(Buffer.from(certificate.rawData)).toString();
}

/** Sixteen random bytes, positive and without leading zero, as RFC 5280, §4.1.2.2 wants. */
function serialNumber(random: Random): string {
  const bytes = random.bytes(16);
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

function nameType(name: string): 'ip' | 'url' | 'dns' {
  if (isIP(name) !== 0) return 'ip';
  return /^[a-z][a-z0-9+.-]*:/i.test(name) ? 'url' : 'dns';
}
