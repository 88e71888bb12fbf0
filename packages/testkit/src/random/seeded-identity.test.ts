import { createHash, createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { seededIdentity } from './seeded-identity.ts';
import { seededRandom } from './seeded-random.ts';

const data = Buffer.from('what is said');

describe('an identity from a seed', () => {
  it('is the same for the same seed, down to its signatures', () => {
    const [one, again] = [seededIdentity(seededRandom(7)), seededIdentity(seededRandom(7))];
    expect(one.nodeId.key).toBe(again.nodeId.key);
    expect(one.sign(data)).toEqual(again.sign(data));
    expect(one.nodeId.key).not.toBe(seededIdentity(seededRandom(8)).nodeId.key);
  });

  it('has the hash of its key as ID, and signs what others can verify', () => {
    const { nodeId, publicKey, sign } = seededIdentity(seededRandom(7));
    expect(nodeId.key).toBe(createHash('sha256').update(publicKey).digest('hex'));
    const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
    expect(verify(null, data, key, sign(data))).toBe(true);
    expect(verify(null, Buffer.from('something else'), key, sign(data))).toBe(false);
  });
});
