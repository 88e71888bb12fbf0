import type { NodeId, Realm } from '@macula/core';

/**
 * What a proof of membership is about: one direction of one TLS session. Each side of a link proves
 * with itself as prover, so a proof shown to one peer is worth nothing to another, at another time,
 * or sent back to the one who made it.
 */
export interface RealmTranscript {
  readonly realm: Realm;
  /** NodeId of the certificate that the proving side presented in this TLS session. */
  readonly proverId: NodeId;
  /** NodeId of the certificate that the verifying side presented in this TLS session. */
  readonly verifierId: NodeId;
  /** The prover's fresh random bytes from its HELLO, 32 bytes. */
  readonly proverNonce: Uint8Array;
  /** The verifier's fresh random bytes from its HELLO, 32 bytes. */
  readonly verifierNonce: Uint8Array;
}

/** How a realm admits its members; the names that HELLO carries. */
export type AdmissionMethod = 'open' | 'secret' | 'certificate';

/** Proves this node's membership of a realm, and checks that of peers. Both sides of a link use the same method. */
export interface RealmAdmission {
  readonly realm: Realm;
  readonly method: AdmissionMethod;
  /** The proof for `transcript`, in which this node is the prover. Throws WrongRealmError when this node cannot prove that. */
  prove(transcript: RealmTranscript): Uint8Array | Promise<Uint8Array>;
  /** Whether `proof` shows that `transcript`'s prover is a member. False for anything malformed; never throws. */
  verify(transcript: RealmTranscript, proof: Uint8Array): boolean;
}
