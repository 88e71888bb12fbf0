import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair as generate,
  type KeyObject,
  sign,
} from 'node:crypto';
import { promisify } from 'node:util';
import { DamagedIdentityError } from './errors.ts';
import type { Signer } from './identity.ts';
import {
  algorithmOfPublicKey,
  type KeyAlgorithm,
  nodeIdOfPublicKey,
  verifySignature,
} from './public-key.ts';

/** A node's private key, and what follows from it. */
export interface KeyPair extends Signer {
  readonly algorithm: KeyAlgorithm;
  /** PKCS #8 PEM. */
  readonly keyPem: string;
  /** PKCS #8 DER. */
  readonly keyDer: Uint8Array;
}

/** Makes a new key pair, always from the system's cryptographic generator. */
export async function generateKeyPair(algorithm: KeyAlgorithm): Promise<KeyPair> {
  const { privateKey } =
    algorithm === 'P-256'
      ? await promisify(generate)('ec', { namedCurve: 'P-256' })
      : await promisify(generate)('ed25519', {});
  return keyPairOf(privateKey, algorithm);
}

/**
 * Reads a private key (PEM; PKCS #8 or SEC 1, not encrypted). `source` names it in errors.
 * Throws DamagedIdentityError when it is no such key, is of another kind, or does not fit its own public half.
 */
export function keyPairFromPem(pem: string, source: string): KeyPair {
  let privateKey: KeyObject;
  let publicKey: Uint8Array;
  try {
    privateKey = createPrivateKey(pem);
    publicKey = publicKeyOf(privateKey);
  } catch (cause) {
    throw new DamagedIdentityError(
      `${source} does not hold a private key: restore it from a backup, or remove it and the certificate beside it to give the node a new identity`,
      { cause },
    );
  }
  const algorithm = algorithmOfPublicKey(publicKey);
  if (algorithm === undefined) {
    throw new DamagedIdentityError(
      `${source} holds a ${privateKey.asymmetricKeyType ?? 'secret'} key, but nodes have P-256 or Ed25519 keys`,
    );
  }
  const keys = keyPairOf(privateKey, algorithm);
  const probe = Buffer.from('macula key self-test');
  if (!verifySignature(keys.publicKey, probe, keys.sign(probe))) {
    throw new DamagedIdentityError(
      `${source} is damaged: its private and public halves differ; restore it from a backup`,
    );
  }
  return keys;
}

function keyPairOf(privateKey: KeyObject, algorithm: KeyAlgorithm): KeyPair {
  const publicKey = publicKeyOf(privateKey);
  const digest = algorithm === 'P-256' ? 'sha256' : null;
  return {
    algorithm,
    publicKey,
    nodeId: nodeIdOfPublicKey(publicKey),
    keyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    keyDer: privateKey.export({ format: 'der', type: 'pkcs8' }),
    sign: (data) => sign(digest, data, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  };
}

function publicKeyOf(privateKey: KeyObject): Uint8Array {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
}
