import type { Random } from '@macula/core';
import { issueCertificate } from './certificate-issuer.ts';
import { needsRenewal, selfSignedValidity } from './certificate-validity.ts';
import type { KeyPair } from './key-pair.ts';
import { type PresentedCertificate, presentedCertificate } from './presented-certificate.ts';
import { nodeName } from './subject-names.ts';

/** Issues the certificate by which a node presents its own key, valid for 13 days around `wallTime`. */
export async function issueSelfSigned(
  keys: KeyPair,
  names: readonly string[],
  wallTime: number,
  random: Random,
): Promise<PresentedCertificate> {
  const pem = await issueCertificate(
    {
      commonName: keys.nodeId.key,
      publicKey: keys.publicKey,
      names: [nodeName(keys.nodeId), ...names],
      validity: selfSignedValidity(wallTime),
    },
    { keys },
    random,
  );
  return presentedCertificate(pem, keys, 'the new certificate');
}

/** Whether a self-signed certificate should be replaced: by its age, or since it lacks a name. */
export function isOutdated(
  certificate: PresentedCertificate,
  names: readonly string[],
  wallTime: number,
): boolean {
  return (
    needsRenewal(certificate.validity, wallTime) || names.some((name) => !certificate.names(name))
  );
}
