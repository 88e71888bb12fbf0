import { X509Certificate } from 'node:crypto';
import { type Clock, InvalidArgumentError, type Realm, WrongRealmError } from '@macula/core';
import { certificateDer, nodeIdOfCertificate, publicKeyOfCertificate } from '../certificate.ts';
import { validityOf } from '../certificate-validity.ts';
import {
  CertificateExpiredError,
  IdentityMismatchError,
  InvalidCertificateError,
} from '../errors.ts';
import type { Signer } from '../identity.ts';
import { verifySignature } from '../public-key.ts';
import type { RealmAdmission, RealmTranscript } from './realm-admission.ts';
import { joinProof, splitProof } from './certificate-proof.ts';
import { nodeName, realmName } from '../subject-names.ts';
import { transcriptBytes, transcriptProblem } from './transcript-bytes.ts';

/** A node's membership of a realm, as its authority certified it. */
export interface RealmCredential {
  /** What `issueRealmCertificate` gave for this node's key, PEM. */
  readonly certificatePem: string;
  /** The node's own identity, which signs the proofs. */
  readonly signer: Signer;
}

export interface AuthorityAdmissionOptions {
  /**
   * Certificates (PEM, one or more in each text) of the authorities that certify members themselves.
   * Members certified by an intermediate authority are admitted when the intermediate is listed.
   */
  readonly authorities: readonly string[];
  /** Tells whether certificates are valid now. */
  readonly clock: Clock;
  /** This node's own membership. Without one the node can check others, but cannot join them. */
  readonly credential?: RealmCredential;
}

/**
 * Admits nodes whose key one of the realm's authorities has certified for this realm. A proof is the
 * realm certificate and the node's signature over the transcript and that certificate.
 * Throws InvalidCertificateError for authorities or credentials that are no certificates,
 * InvalidArgumentError for an authority that is not a CA, IdentityMismatchError for a credential of
 * another node, WrongRealmError for one of another realm.
 */
export function authorityAdmission(
  realm: Realm,
  options: AuthorityAdmissionOptions,
): RealmAdmission {
  const authorities = options.authorities.flatMap(readAuthorities);
  if (authorities.length === 0) {
    throw new InvalidArgumentError(`realm ${realm} needs the certificate of an authority`);
  }
  const { clock, credential } = options;
  const own = credential && readCredential(realm, credential);

  return {
    realm,
    method: 'certificate',
    prove(transcript) {
      const problem = transcriptProblem(realm, transcript);
      if (problem) throw problem;
      if (own === undefined || credential === undefined) {
        throw new WrongRealmError(`this node has no credential for realm ${realm}`);
      }
      assertValid(realm, own, clock.wallTime());
      const signed = transcriptBytes('certificate', transcript, own.raw);
      return joinProof({ certificate: own.raw, signature: credential.signer.sign(signed) });
    },
    verify(transcript, proof) {
      if (transcriptProblem(realm, transcript)) return false;
      const parts = splitProof(proof);
      if (parts === undefined) return false;
      try {
        return (
          signedByProver(transcript, parts.certificate, parts.signature) &&
          certifies(parts.certificate, transcript, authorities, clock.wallTime())
        );
      } catch {
        // Not a certificate: Node's parser, or ours, refused it.
        return false;
      }
    },
  };
}

function signedByProver(
  transcript: RealmTranscript,
  certificate: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!nodeIdOfCertificate(certificate).equals(transcript.proverId)) return false;
  const signed = transcriptBytes('certificate', transcript, certificate);
  return verifySignature(publicKeyOfCertificate(certificate), signed, signature);
}

function certifies(
  der: Uint8Array,
  transcript: RealmTranscript,
  authorities: readonly X509Certificate[],
  wallTime: number,
): boolean {
  const certificate = new X509Certificate(der);
  const names = certificate.subjectAltName?.split(', ') ?? [];
  return (
    names.includes(`URI:${nodeName(transcript.proverId)}`) &&
    names.includes(`URI:${realmName(transcript.realm)}`) &&
    isValid(certificate, wallTime) &&
    authorities.some(
      (authority) =>
        isValid(authority, wallTime) &&
        certificate.checkIssued(authority) &&
        certificate.verify(authority.publicKey),
    )
  );
}

function isValid(certificate: X509Certificate, wallTime: number): boolean {
  const { notBefore, notAfter } = validityOf(certificate);
  return notBefore <= wallTime && wallTime <= notAfter;
}

function assertValid(realm: Realm, certificate: X509Certificate, wallTime: number): void {
  if (isValid(certificate, wallTime)) return;
  const cause = new CertificateExpiredError(
    `the realm certificate of this node is valid from ${certificate.validFrom} to ${certificate.validTo} only: ask the realm's authority for a new one`,
  );
  throw new WrongRealmError(
    `this node cannot prove that it belongs to ${realm}: ${cause.message}`,
    {
      cause,
    },
  );
}

function readAuthorities(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) {
    throw new InvalidCertificateError('an authority is given without a CERTIFICATE block');
  }
  return blocks.map((block) => {
    const authority = parse(block);
    if (!authority.ca) {
      throw new InvalidArgumentError(
        `${authority.subject} cannot be a realm's authority: its certificate is not that of a CA`,
      );
    }
    return authority;
  });
}

function readCredential(realm: Realm, credential: RealmCredential): X509Certificate {
  const der = certificateDer(credential.certificatePem);
  const nodeId = nodeIdOfCertificate(der);
  if (!nodeId.equals(credential.signer.nodeId)) {
    throw new IdentityMismatchError(
      `the realm certificate is for node ${nodeId}, but this is node ${credential.signer.nodeId}`,
    );
  }
  const certificate = parse(credential.certificatePem);
  if (!certificate.subjectAltName?.split(', ').includes(`URI:${realmName(realm)}`)) {
    throw new WrongRealmError(`the realm certificate is not for realm ${realm}`);
  }
  return certificate;
}

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new InvalidCertificateError('not a certificate: it cannot be parsed', { cause });
  }
}
