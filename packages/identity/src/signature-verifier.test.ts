import { describe, expect, it } from '@jest/globals';
import { ephemeralIdentity } from './ephemeral-identity.ts';
import { createSignatureVerifier } from './signature-verifier.ts';

const text = (words: string): Uint8Array => new TextEncoder().encode(words);

describe('a signature verifier', () => {
  it.each(['P-256', 'Ed25519'] as const)(
    'tells right from wrong, again and again (%s)',
    async (algorithm) => {
      const verify = createSignatureVerifier();
      const [home, other] = [
        await ephemeralIdentity({ algorithm }),
        await ephemeralIdentity({ algorithm }),
      ];
      const signature = home.sign(text('3500 W'));
      for (let i = 0; i < 3; i++) {
        expect(verify(home.publicKey, text('3500 W'), signature)).toBe(true);
        expect(verify(home.publicKey, text('9999 W'), signature)).toBe(false);
        expect(verify(other.publicKey, text('3500 W'), signature)).toBe(false);
      }
    },
  );

  it('never throws, whatever the key is', async () => {
    const verify = createSignatureVerifier();
    const home = await ephemeralIdentity();
    const signature = home.sign(text('x'));
    const offTheCurve = Uint8Array.from(home.publicKey).fill(0xff, 40);
    for (const key of [offTheCurve, new Uint8Array(91), new Uint8Array(0)]) {
      expect(verify(key, text('x'), signature)).toBe(false);
    }
    expect(verify(home.publicKey, text('x'), new Uint8Array(0))).toBe(false);
  });

  it('goes on when there are more nodes than keys that it keeps', async () => {
    const verify = createSignatureVerifier(2);
    const nodes = await Promise.all([1, 2, 3].map(() => ephemeralIdentity()));
    for (const node of [...nodes, ...nodes]) {
      expect(verify(node.publicKey, text('x'), node.sign(text('x')))).toBe(true);
    }
  });
});
