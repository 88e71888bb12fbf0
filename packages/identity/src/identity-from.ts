import { type Clock, systemClock } from '@macula/core';
import { CertificateExpiredError } from './errors.ts';
import type { Identity } from './identity.ts';
import { type KeyPair, keyPairFromPem } from './key-pair.ts';
import { type PresentedCertificate, presentedCertificate } from './presented-certificate.ts';

export interface SuppliedIdentity {
  /** The private key, PEM (PKCS #8 or SEC 1), P-256 or Ed25519. */
  readonly keyPem: string;
  /** Its certificate, PEM; intermediate certificates may follow it. */
  readonly certificatePem: string;
  /** Tells whether the certificate is valid now. Default: the system's clock. */
  readonly clock?: Clock;
}

/**
 * An identity from a key and a certificate that the caller keeps, a CA's for example. It is never
 * re-issued: replace it before it ends and restart the node.
 * Throws DamagedIdentityError, IdentityMismatchError or CertificateExpiredError.
 */
export function identityFrom(supplied: SuppliedIdentity): Identity {
  const keys = keyPairFromPem(supplied.keyPem, 'the supplied key');
  const source = 'the supplied certificate';
  const certificate = presentedCertificate(supplied.certificatePem, keys, source);
  return suppliedIdentity(keys, certificate, source, supplied.clock ?? systemClock);
}

/** The identity of a key with a certificate that the node may not replace. Throws CertificateExpiredError. */
export function suppliedIdentity(
  keys: KeyPair,
  certificate: PresentedCertificate,
  source: string,
  clock: Clock,
): Identity {
  const { notBefore, notAfter } = certificate.validity;
  const now = clock.wallTime();
  if (now < notBefore || now > notAfter) {
    throw new CertificateExpiredError(
      `${source} is valid from ${new Date(notBefore).toISOString()} to ${new Date(notAfter).toISOString()}, and it is ${new Date(now).toISOString()}: get a new one from the CA that issued it`,
    );
  }
  return {
    nodeId: keys.nodeId,
    publicKey: keys.publicKey,
    algorithm: keys.algorithm,
    keyPem: keys.keyPem,
    certificatePem: certificate.pem,
    certificateDer: certificate.der,
    certificateEndsAt: notAfter,
    sign: (data) => keys.sign(data),
    onRenewed: () => () => undefined,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
}
