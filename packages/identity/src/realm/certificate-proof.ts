/** The two parts of a proof of method `certificate`. */
export interface CertificateProof {
  /** The realm certificate, DER. */
  readonly certificate: Uint8Array;
  /** The node's signature, 64 bytes. */
  readonly signature: Uint8Array;
}

const signatureLength = 64;
/** Most bytes of a proof: a realm certificate has 500 to 1,500. */
const longestProof = 8_192;

/** Encodes a proof: the signature's 64 bytes, then the certificate. */
export function joinProof({ certificate, signature }: CertificateProof): Uint8Array {
  return Buffer.concat([signature, certificate]);
}

/** The inverse of `joinProof`; undefined when the bytes are too few or too many. */
export function splitProof(proof: Uint8Array): CertificateProof | undefined {
  if (proof.length <= signatureLength || proof.length > longestProof) return undefined;
  return {
    signature: proof.subarray(0, signatureLength),
    certificate: proof.subarray(signatureLength),
  };
}
