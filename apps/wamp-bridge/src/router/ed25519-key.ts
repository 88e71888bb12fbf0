import { createPrivateKey, createPublicKey } from 'node:crypto';

/** The fixed head of a PKCS #8 Ed25519 private key (RFC 8410, section 7); the 32 bytes of the seed follow. */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The public key, 64 hex digits, of an Ed25519 private key in 64 hex digits. Throws TypeError for other texts. */
export function publicKeyOf(privateKey: string): string {
  if (!/^[0-9a-f]{64}$/i.test(privateKey)) {
    throw new TypeError('an Ed25519 private key has 64 hex digits');
  }
  const der = Buffer.concat([pkcs8Head, Buffer.from(privateKey, 'hex')]);
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex');
}
