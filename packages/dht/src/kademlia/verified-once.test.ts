import { beforeEach, describe, expect, it } from '@jest/globals';
import { testSigner, testVerifier } from '../../test/test-signer.ts';
import { verifiedOnce } from './verified-once.ts';

const { publicKey, sign } = testSigner('a');
let verifications: number;
const counting: typeof testVerifier = (...given) => {
  verifications++;
  return testVerifier(...given);
};

beforeEach(() => {
  verifications = 0;
});

describe('a verifier that remembers', () => {
  it('verifies each signature once', () => {
    const verify = verifiedOnce(counting);
    const data = Uint8Array.of(1, 2, 3);
    for (let i = 0; i < 5; i++) expect(verify(publicKey, data, sign(data))).toBe(true);
    expect(verifications).toBe(1);
  });

  it('does not take one content, key or signature for another', () => {
    const verify = verifiedOnce(counting);
    const data = Uint8Array.of(1, 2, 3);
    const signature = sign(data);
    expect(verify(publicKey, data, signature)).toBe(true);
    expect(verify(publicKey, Uint8Array.of(1, 2), signature)).toBe(false);
    expect(verify(testSigner('b').publicKey, data, signature)).toBe(false);
    expect(verify(publicKey, data, testSigner('b').sign(data))).toBe(false);
    // The same bytes, divided in another way.
    verify(Uint8Array.of(...publicKey, 1), Uint8Array.of(2, 3), signature);
    expect(verifications).toBe(5);
  });

  it('remembers no forgeries, and forgets the longest unused', () => {
    const verify = verifiedOnce(counting, 2);
    const all = [1, 2, 3].map((byte) => Uint8Array.of(byte));
    const [a, b, c] = all as [Uint8Array, Uint8Array, Uint8Array];
    for (const data of [a, b, a, c, a]) verify(publicKey, data, sign(data));
    expect(verifications).toBe(3);
    for (let i = 0; i < 10; i++) verify(publicKey, Uint8Array.of(9, i), sign(a));
    expect(verifications).toBe(13);
    verify(publicKey, a, sign(a));
    expect(verifications).toBe(13);
    verify(publicKey, b, sign(b));
    expect(verifications).toBe(14);
  });
});
