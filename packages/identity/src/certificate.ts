import type { NodeId } from '@macula/core';
import { type DerElement, readDerElement } from './der-element.ts';
import { InvalidCertificateError } from './errors.ts';
import { nodeIdOfPublicKey } from './public-key.ts';

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const EXPLICIT_VERSION = 0xa0;
const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/;

/**
 * The NodeId of the key in a certificate (DER). Walks to the SubjectPublicKeyInfo without parsing the
 * rest, since it runs in every handshake, where TLS has checked that the peer owns the key. Neither
 * signature nor dates are looked at: a pin holds the key, not the certificate.
 * Throws InvalidCertificateError when the bytes are no certificate, or the key is neither P-256 nor Ed25519.
 */
export function nodeIdOfCertificate(der: Uint8Array): NodeId {
  return nodeIdOfPublicKey(publicKeyOfCertificate(der));
}

/** The SubjectPublicKeyInfo of a certificate (DER), as a view into it (RFC 5280, §4.1). Throws InvalidCertificateError. */
export function publicKeyOfCertificate(der: Uint8Array): Uint8Array {
  const certificate = expect(der, 0, der.length, SEQUENCE, 'certificate');
  if (certificate.end !== der.length) throw invalid('bytes follow the certificate');
  const body = expect(der, certificate.contentStart, certificate.end, SEQUENCE, 'body');
  let next = body.contentStart;
  const version = readDerElement(der, next, body.end);
  if (version?.tag === EXPLICIT_VERSION) next = version.end;
  next = expect(der, next, body.end, INTEGER, 'serial number').end;
  for (const part of ['signature algorithm', 'issuer', 'validity', 'subject']) {
    next = expect(der, next, body.end, SEQUENCE, part).end;
  }
  const key = expect(der, next, body.end, SEQUENCE, 'public key');
  const algorithm = expect(der, body.end, certificate.end, SEQUENCE, 'signature algorithm');
  const signature = readDerElement(der, algorithm.end, certificate.end);
  if (signature?.end !== certificate.end) throw invalid('its signature is cut off');
  return der.subarray(key.start, key.end);
}

/** The first certificate of a PEM text, as DER. Throws InvalidCertificateError. */
export function certificateDer(pem: string): Uint8Array {
  const base64 = PEM.exec(pem)?.[1];
  if (base64 === undefined) throw invalid('there is no -----BEGIN CERTIFICATE----- block in it');
  return Uint8Array.from(Buffer.from(base64, 'base64'));
}

function expect(
  der: Uint8Array,
  start: number,
  limit: number,
  tag: number,
  part: string,
): DerElement {
  const element = readDerElement(der, start, limit);
  if (element?.tag !== tag) throw invalid(`its ${part} is missing or cut off`);
  return element;
}

function invalid(reason: string): InvalidCertificateError {
  return new InvalidCertificateError(`not a certificate: ${reason}`);
}
