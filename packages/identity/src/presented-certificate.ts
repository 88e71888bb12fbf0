import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { certificateDer, nodeIdOfCertificate } from './certificate.ts';
import { type Validity, validityOf } from './certificate-validity.ts';
import { DamagedIdentityError, IdentityMismatchError } from './errors.ts';
import type { KeyPair } from './key-pair.ts';

/** A certificate that was found to fit the node's key. */
export interface PresentedCertificate {
  readonly pem: string;
  readonly der: Uint8Array;
  readonly validity: Validity;
  /** Whether the node signed it itself, so that the node may replace it. */
  readonly selfSigned: boolean;
  /** Whether it certifies this DNS name, IP address or URI. */
  names(name: string): boolean;
}

/**
 * Reads a node's own certificate. `source` names it in errors. Throws DamagedIdentityError when it is
 * none or its own signature is wrong, IdentityMismatchError when it certifies another key.
 */
export function presentedCertificate(
  pem: string,
  keys: KeyPair,
  source: string,
): PresentedCertificate {
  try {
    return inspect(pem, keys, source);
  } catch (cause) {
    if (cause instanceof IdentityMismatchError) throw cause;
    throw new DamagedIdentityError(
      `${source} does not hold a certificate: restore it from a backup; where the node signed it itself, remove it and the node makes a new one from its key`,
      { cause },
    );
  }
}

function inspect(pem: string, keys: KeyPair, source: string): PresentedCertificate {
  const der = certificateDer(pem);
  const nodeId = nodeIdOfCertificate(der);
  if (!nodeId.equals(keys.nodeId)) {
    throw new IdentityMismatchError(
      `${source} belongs to another key: it certifies node ${nodeId}, the key is that of node ${keys.nodeId}`,
    );
  }
  const certificate = new X509Certificate(der);
  const selfSigned = certificate.subject === certificate.issuer;
  if (selfSigned && !certificate.verify(certificate.publicKey)) {
    throw new DamagedIdentityError(`${source} has a wrong signature`);
  }
  const names = certificate.subjectAltName?.split(', ') ?? [];
  return {
    pem,
    der,
    selfSigned,
    validity: validityOf(certificate),
    names: (name) =>
      isIP(name) === 0
        ? names.includes(`DNS:${name}`) || names.includes(`URI:${name}`)
        : certificate.checkIP(name) !== undefined,
  };
}
