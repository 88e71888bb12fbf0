import { MaculaError } from '@macula/core';

/** A key or certificate file, or text, is not what it should be: cut off, overwritten, or of an unsupported kind. */
export class DamagedIdentityError extends MaculaError {
  readonly code = 'macula.identity.damaged';
}

/** Others on this machine can read the private key, or replace it. */
export class ExposedKeyError extends MaculaError {
  readonly code = 'macula.identity.exposed_key';
}

/** The certificate does not belong to the private key. */
export class IdentityMismatchError extends MaculaError {
  readonly code = 'macula.identity.mismatch';
}

/** A supplied certificate is past its end, or not valid yet. */
export class CertificateExpiredError extends MaculaError {
  readonly code = 'macula.identity.certificate_expired';
}

/** The identity's directory cannot be read or written; `cause` is the system's error. */
export class IdentityStorageError extends MaculaError {
  readonly code = 'macula.identity.storage';
}

/** A certificate, usually a peer's, cannot be parsed, or holds a key that Macula does not accept. */
export class InvalidCertificateError extends MaculaError {
  readonly code = 'macula.identity.invalid_certificate';
}
