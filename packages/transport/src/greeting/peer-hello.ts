import { type Address, MaculaError, parseAddress, ProtocolError } from '@macula/core';
import { FrameTooLargeError, Hello } from '@macula/wire';

/** Bytes of the longest Hello that is read. */
export const maxHelloBytes = 8 * 1024;

/** Bytes of a nonce. */
export const nonceBytes = 32;

const maxVersions = 16;
const maxFeatures = 64;
const maxFeatureLength = 64;
const maxAddresses = 16;
const maxAgentLength = 128;

/** A peer's Hello, within bounds. */
export interface PeerHello {
  readonly versions: readonly number[];
  readonly features: readonly string[];
  readonly realm: string;
  readonly nonce: Uint8Array;
  readonly addresses: readonly Address[];
  readonly agent: string;
  readonly admission: string;
}

/**
 * Reads a Hello. Lists beyond their bounds and addresses that are none are cut, since later versions may
 * say more; what the greeting stands on must be right. Throws FrameTooLargeError, ProtocolError.
 */
export function readHello(header: Uint8Array): PeerHello {
  if (header.length > maxHelloBytes) {
    throw new FrameTooLargeError(`a Hello of ${header.length} bytes; ${maxHelloBytes} is the most`);
  }
  const hello = decode(header);
  if (hello.nonce.length !== nonceBytes) {
    throw new ProtocolError(
      `a Hello needs a nonce of ${nonceBytes} bytes, got ${hello.nonce.length}`,
    );
  }
  return {
    versions: hello.versions.slice(0, maxVersions),
    features: hello.features
      .slice(0, maxFeatures)
      .filter((feature) => feature.length <= maxFeatureLength),
    realm: hello.realm,
    nonce: Uint8Array.from(hello.nonce),
    addresses: hello.addresses.slice(0, maxAddresses).flatMap(readAddress),
    agent: hello.agent.slice(0, maxAgentLength).replace(/[^\x20-\x7e]/g, '?'),
    admission: hello.admission,
  };
}

function decode(header: Uint8Array): Hello {
  try {
    return Hello.decode(header);
  } catch (cause) {
    throw new ProtocolError('a Hello that cannot be decoded', { cause });
  }
}

function readAddress(text: string): Address[] {
  try {
    return [parseAddress(text)];
  } catch (error) {
    if (error instanceof MaculaError) return [];
    throw error;
  }
}
