import { createPublicKey, verify } from 'node:crypto';
import type { AuthMethod } from './auth-method.ts';
import type { Lookup } from './ticket.ts';

/** One who may come with an Ed25519 key. */
export interface KeyHolder {
  /** Public keys, each 64 hex digits. */
  readonly publicKeys: readonly string[];
  readonly role: string;
}

const signatureDigits = 128;
const hex = /^(?:[0-9a-f]{2})+$/i;

/**
 * Authentication by an Ed25519 signature over a random challenge (WAMP advanced profile, "WAMP-Cryptosign"), without
 * channel binding. The client names its key in `authextra.pubkey`; `lookup` says whose it may be. One that gives no name is
 * called as its key is, in lower case.
 */
export function cryptosign(lookup: Lookup<KeyHolder>): AuthMethod {
  return {
    name: 'cryptosign',
    begin({ authid, authextra, realm }, { random }) {
      const { pubkey, channel_binding: binding } = authextra;
      if (typeof pubkey !== 'string') return undefined;
      if (pubkey.length !== 64 || !hex.test(pubkey)) return undefined;
      if (binding !== undefined && binding !== null) return undefined;
      const name = authid ?? pubkey.toLowerCase();
      const challenge = Buffer.from(random.bytes(32));
      return {
        extra: { challenge: challenge.toString('hex'), channel_binding: null },
        async verify(answer) {
          const holder = await lookup(name, realm);
          const known = holder?.publicKeys.some(
            (key) => key.toLowerCase() === pubkey.toLowerCase(),
          );
          if (holder === undefined || known !== true) return undefined;
          if (!isSignature(answer, challenge, pubkey)) return undefined;
          return { authid: name, authrole: holder.role, authprovider: 'static', extra: { pubkey } };
        },
      };
    },
  };
}

/** The answer is the signature, with or without the challenge behind it. */
function isSignature(answer: string, challenge: Buffer, publicKey: string): boolean {
  if (!hex.test(answer) || answer.length < signatureDigits) return false;
  const rest = answer.slice(signatureDigits).toLowerCase();
  if (rest !== '' && rest !== challenge.toString('hex')) return false;
  const x = Buffer.from(publicKey, 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, challenge, key, Buffer.from(answer.slice(0, signatureDigits), 'hex'));
}
