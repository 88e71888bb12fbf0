import { type Clock, type Random, systemClock, systemRandom } from '@macula/core';
import type { Identity } from './identity.ts';
import { generateKeyPair } from './key-pair.ts';
import type { KeyAlgorithm } from './public-key.ts';
import { issueSelfSigned } from './self-signed-certificate.ts';
import { SelfSignedIdentity } from './self-signed-identity.ts';

export interface EphemeralIdentityOptions {
  /** Default P-256, which browsers can reach. */
  readonly algorithm?: KeyAlgorithm;
  /** DNS names, IP addresses and URIs for the certificate, beside `macula:<NodeId>`. Default none: peers pin the key and look at no name. */
  readonly names?: readonly string[];
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** Source of serial numbers; keys always come from the system's cryptographic generator. Default: the system's. */
  readonly random?: Random;
}

/** An identity that lives in memory only: for tests, and for nodes that need not be recognised after a restart. */
export async function ephemeralIdentity(options: EphemeralIdentityOptions = {}): Promise<Identity> {
  const { clock = systemClock, random = systemRandom, names = [] } = options;
  const keys = await generateKeyPair(options.algorithm ?? 'P-256');
  const certificate = await issueSelfSigned(keys, names, clock.wallTime(), random);
  return new SelfSignedIdentity(keys, certificate, names, { clock, random });
}
