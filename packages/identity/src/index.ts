export { certificateDer, nodeIdOfCertificate, publicKeyOfCertificate } from './certificate.ts';
export { ephemeralIdentity, type EphemeralIdentityOptions } from './ephemeral-identity.ts';
export {
  CertificateExpiredError,
  DamagedIdentityError,
  ExposedKeyError,
  IdentityMismatchError,
  IdentityStorageError,
  InvalidCertificateError,
} from './errors.ts';
export type { Identity, Signer } from './identity.ts';
export { identityFrom, type SuppliedIdentity } from './identity-from.ts';
export { loadIdentity, type LoadIdentityOptions } from './load-identity.ts';
export {
  algorithmOfPublicKey,
  type KeyAlgorithm,
  nodeIdOfPublicKey,
  verifySignature,
} from './public-key.ts';
export {
  authorityAdmission,
  type AuthorityAdmissionOptions,
  type RealmCredential,
} from './realm/authority-admission.ts';
export { openAdmission } from './realm/open-admission.ts';
export type { AdmissionMethod, RealmAdmission, RealmTranscript } from './realm/realm-admission.ts';
export {
  createRealmAuthority,
  issueRealmCertificate,
  type RealmAuthority,
  type RealmAuthorityOptions,
  type RealmCertificateOptions,
} from './realm/realm-certificate.ts';
export { secretAdmission } from './realm/secret-admission.ts';
export { createSignatureVerifier } from './signature-verifier.ts';
