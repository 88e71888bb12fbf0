import type { NodeId, Startable, Unsubscribe } from '@macula/core';
import type { KeyAlgorithm } from './public-key.ts';

/** Something that signs with a node's private key. */
export interface Signer {
  readonly nodeId: NodeId;
  /** The SubjectPublicKeyInfo in DER, whose SHA-256 is `nodeId`. */
  readonly publicKey: Uint8Array;
  /** Signs `data` with the node's key: 64 bytes, ECDSA with SHA-256 as r·s, or Ed25519. `verifySignature` is the inverse. */
  sign(data: Uint8Array): Uint8Array;
}

/**
 * Who a node is: one key pair and the certificate that presents it. The key, and with it `nodeId`,
 * never changes; a self-signed certificate is re-issued from the same key between start() and
 * stop(), before it ends, so read `certificatePem` when you need it and follow `onRenewed`.
 */
export interface Identity extends Signer, Startable {
  readonly algorithm: KeyAlgorithm;
  /** The private key, PKCS #8 PEM. */
  readonly keyPem: string;
  /** The current certificate, PEM; a supplied one may be followed by its intermediate certificates. */
  readonly certificatePem: string;
  /** The current certificate alone, DER. */
  readonly certificateDer: Uint8Array;
  /** Milliseconds since the Unix epoch at which the current certificate ends. */
  readonly certificateEndsAt: number;
  /** Calls `listener` after every re-issue, when the new certificate is in place. Supplied certificates are never re-issued. */
  onRenewed(listener: () => void): Unsubscribe;
}
