import { type Clock, type Logger, type Random, systemClock, systemRandom } from '@macula/core';
import { IdentityDirectory } from './identity-directory.ts';
import type { Identity } from './identity.ts';
import { suppliedIdentity } from './identity-from.ts';
import { generateKeyPair, type KeyPair, keyPairFromPem } from './key-pair.ts';
import { type PresentedCertificate, presentedCertificate } from './presented-certificate.ts';
import type { KeyAlgorithm } from './public-key.ts';
import { isOutdated, issueSelfSigned } from './self-signed-certificate.ts';
import { SelfSignedIdentity } from './self-signed-identity.ts';

export interface LoadIdentityOptions {
  /** The directory that holds `node-key.pem` and `node-certificate.pem`; made with mode 0700 where it is missing. */
  readonly dir: string;
  /** The kind of key to make on first start; a key that is there already stays. Default P-256, which browsers can reach. */
  readonly algorithm?: KeyAlgorithm;
  /** DNS names, IP addresses and URIs for the self-signed certificate, beside `macula:<NodeId>`. Default none: peers pin the key and look at no name. */
  readonly names?: readonly string[];
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** Source of serial numbers; keys always come from the system's cryptographic generator. Default: the system's. */
  readonly random?: Random;
  /** Hears of certificates that could not be re-issued or saved. Default: nobody. */
  readonly logger?: Logger;
}

/**
 * Loads the identity that a directory keeps; on first start makes it. Same files, same NodeId, also for
 * processes that start in one directory at the same time. A certificate in the directory that the node
 * did not sign itself counts as supplied and is left alone.
 * Throws DamagedIdentityError, ExposedKeyError, IdentityMismatchError, CertificateExpiredError (supplied
 * certificates only) or IdentityStorageError.
 */
export async function loadIdentity(options: LoadIdentityOptions): Promise<Identity> {
  const { clock = systemClock, random = systemRandom, names = [], logger } = options;
  const directory = new IdentityDirectory(options.dir, random);
  await directory.prepare();
  const keys = await loadKeys(directory, options.algorithm ?? 'P-256');
  const certificate = await loadCertificate(directory, keys, names, clock, random);
  if (!certificate.selfSigned) {
    return suppliedIdentity(keys, certificate, directory.pathOf('node-certificate.pem'), clock);
  }
  return new SelfSignedIdentity(keys, certificate, names, {
    clock,
    random,
    save: (pem) => directory.replace('node-certificate.pem', pem),
    ...(logger && { logger }),
  });
}

async function loadKeys(directory: IdentityDirectory, algorithm: KeyAlgorithm): Promise<KeyPair> {
  const pem =
    (await directory.read('node-key.pem')) ??
    (await directory.create('node-key.pem', (await generateKeyPair(algorithm)).keyPem));
  return keyPairFromPem(pem, directory.pathOf('node-key.pem'));
}

async function loadCertificate(
  directory: IdentityDirectory,
  keys: KeyPair,
  names: readonly string[],
  clock: Clock,
  random: Random,
): Promise<PresentedCertificate> {
  const issue = () => issueSelfSigned(keys, names, clock.wallTime(), random);
  const pem =
    (await directory.read('node-certificate.pem')) ??
    (await directory.create('node-certificate.pem', (await issue()).pem));
  const certificate = presentedCertificate(pem, keys, directory.pathOf('node-certificate.pem'));
  if (!certificate.selfSigned || !isOutdated(certificate, names, clock.wallTime())) {
    return certificate;
  }
  const renewed = await issue();
  await directory.replace('node-certificate.pem', renewed.pem);
  return renewed;
}
