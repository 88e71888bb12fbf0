import { createHash } from 'node:crypto';
import { NodeId } from '@macula/core';
import type { RecordSigner, RecordVerifier } from '../src/kademlia/record.ts';

/**
 * Signs with a hash in place of a signature: anybody could forge it, but nobody does unless a test wants to, and it is
 * fast enough for thousands of nodes.
 */
export function testSigner(name: string | number): RecordSigner {
  const publicKey = Buffer.from(`public key of ${name}`);
  return {
    nodeId: NodeId.fromBytes(createHash('sha256').update(publicKey).digest()),
    publicKey,
    sign: (data) => seal(publicKey, data),
  };
}

export const testVerifier: RecordVerifier = (publicKey, data, signature) =>
  Buffer.compare(seal(publicKey, data), signature) === 0;

function seal(publicKey: Uint8Array, data: Uint8Array): Uint8Array {
  return createHash('sha256').update(publicKey).update(data).digest();
}
