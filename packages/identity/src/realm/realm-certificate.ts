import type { Clock, Random, Realm } from '@macula/core';
import { certificateDer, nodeIdOfCertificate, publicKeyOfCertificate } from '../certificate.ts';
import { issueCertificate } from '../certificate-issuer.ts';
import { validityFrom } from '../certificate-validity.ts';
import { IdentityMismatchError } from '../errors.ts';
import { generateKeyPair, keyPairFromPem } from '../key-pair.ts';
import type { KeyAlgorithm } from '../public-key.ts';
import { nodeName, realmName } from '../subject-names.ts';

const day = 86_400_000;

/** An authority that certifies members of realms. Keep the key off the nodes. */
export interface RealmAuthority {
  /** PKCS #8 PEM. */
  readonly keyPem: string;
  readonly certificatePem: string;
}

export interface RealmAuthorityOptions {
  readonly realm: Realm;
  readonly clock: Clock;
  readonly random: Random;
  /** Default P-256. */
  readonly algorithm?: KeyAlgorithm;
  /** Days until the authority's certificate ends. Default 3,650. */
  readonly days?: number;
}

/** Makes an authority for a realm, for operators who do not have a CA yet. */
export async function createRealmAuthority(
  options: RealmAuthorityOptions,
): Promise<RealmAuthority> {
  const { realm, clock, random } = options;
  const keys = await generateKeyPair(options.algorithm ?? 'P-256');
  const certificatePem = await issueCertificate(
    {
      commonName: `${realm.slice(0, 48)} realm authority`,
      publicKey: keys.publicKey,
      names: [realmName(realm)],
      validity: validityFrom(clock.wallTime(), (options.days ?? 3_650) * day),
      authority: true,
    },
    { keys },
    random,
  );
  return { keyPem: keys.keyPem, certificatePem };
}

export interface RealmCertificateOptions {
  readonly realm: Realm;
  readonly authority: RealmAuthority;
  /** The node's current certificate (PEM): only its key counts. */
  readonly nodeCertificatePem: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Days until the membership ends. Default 365. There is no revocation list: keep it as short as renewing is easy. */
  readonly days?: number;
}

/**
 * Certifies that a node is a member of a realm; for operators, off the mesh. Gives the PEM that the
 * node hands to `authorityAdmission` as its credential. Throws InvalidCertificateError, and
 * DamagedIdentityError or IdentityMismatchError for an authority whose key is none or another's.
 */
export async function issueRealmCertificate(options: RealmCertificateOptions): Promise<string> {
  const { realm, authority, clock, random } = options;
  const keys = keyPairFromPem(authority.keyPem, "the authority's key");
  if (!nodeIdOfCertificate(certificateDer(authority.certificatePem)).equals(keys.nodeId)) {
    throw new IdentityMismatchError("the authority's certificate does not belong to its key");
  }
  const der = certificateDer(options.nodeCertificatePem);
  const nodeId = nodeIdOfCertificate(der);
  return issueCertificate(
    {
      commonName: nodeId.key,
      publicKey: publicKeyOfCertificate(der),
      names: [nodeName(nodeId), realmName(realm)],
      validity: validityFrom(clock.wallTime(), (options.days ?? 365) * day),
    },
    { keys, certificatePem: authority.certificatePem },
    random,
  );
}
