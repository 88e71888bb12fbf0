import { ProtocolError } from '@macula/core';

/** What a node announces in HELLO. */
export interface Offer {
  /** Protocol versions, highest first. */
  readonly versions: readonly number[];
  readonly features: readonly string[];
}

/** What both sides of a link use. */
export interface Agreement {
  readonly version: number;
  readonly features: ReadonlySet<string>;
}

/** The version of the protocol that docs/protocol.md describes. */
export const protocolVersion = 1;

/** Two nodes speak no common version of the protocol. */
export class VersionMismatchError extends ProtocolError {
  override readonly code = 'macula.protocol.version_mismatch';
}

/**
 * The highest version that both offer, and the features that both announce. Symmetric, so both sides come to the same
 * result without another message. Throws VersionMismatchError.
 */
export function negotiate(ours: Offer, theirs: Offer): Agreement {
  const common = ours.versions.filter((version) => theirs.versions.includes(version));
  if (common.length === 0) {
    throw new VersionMismatchError(
      `no common protocol version: this node speaks ${list(ours.versions)}, the peer ${list(theirs.versions)}`,
    );
  }
  const features = new Set(ours.features);
  return {
    version: Math.max(...common),
    features: new Set(theirs.features.filter((feature) => features.has(feature))),
  };
}

/** Peers can announce anything: what goes into messages is cut short. */
function list(versions: readonly number[]): string {
  if (versions.length === 0) return 'none';
  return versions.slice(0, 8).join(', ') + (versions.length > 8 ? ', …' : '');
}
