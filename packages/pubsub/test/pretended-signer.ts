import { createHash } from 'node:crypto';
import { NodeId } from '@macula/core';
import type { TreeSigner } from '../src/index.ts';

/** A signature in name only: whoever knows the key can make it. */
export function pretendedSigner(publicKey: Uint8Array): TreeSigner {
  const nodeId = NodeId.fromBytes(createHash('sha256').update(publicKey).digest());
  return { nodeId, publicKey, sign: (data) => pretended(publicKey, data) };
}

export function verifyPretended(key: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  return Buffer.compare(pretended(key, data), signature) === 0;
}

function pretended(key: Uint8Array, data: Uint8Array): Uint8Array {
  return createHash('sha512').update(key).update(data).digest();
}
