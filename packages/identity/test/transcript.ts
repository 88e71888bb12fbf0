import { randomBytes } from 'node:crypto';
import { NodeId, parseRealm } from '@macula/core';
import type { RealmTranscript } from '../src/index.ts';

export const realm = parseRealm('be.cortexiq.energy');
export const otherRealm = parseRealm('be.cortexiq.water');

/** A transcript between random nodes, with the given fields. */
export function transcriptWith(fields: Partial<RealmTranscript> = {}): RealmTranscript {
  return {
    realm,
    proverId: NodeId.fromBytes(randomBytes(32)),
    verifierId: NodeId.fromBytes(randomBytes(32)),
    proverNonce: randomBytes(32),
    verifierNonce: randomBytes(32),
    ...fields,
  };
}

/** The transcript that a peer checks when it gets back what it sent itself. */
export function mirrored(transcript: RealmTranscript): RealmTranscript {
  return {
    realm: transcript.realm,
    proverId: transcript.verifierId,
    verifierId: transcript.proverId,
    proverNonce: transcript.verifierNonce,
    verifierNonce: transcript.proverNonce,
  };
}

/** `bytes` with one bit flipped. */
export function flipped(bytes: Uint8Array, index: number, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[index] = (copy[index] as number) ^ (1 << bit);
  return copy;
}

/** `transcript` with one bit of one of its byte fields flipped. */
export function flippedTranscript(
  transcript: RealmTranscript,
  field: 'proverId' | 'verifierId' | 'proverNonce' | 'verifierNonce',
  index: number,
  bit: number,
): RealmTranscript {
  return field === 'proverId' || field === 'verifierId'
    ? {
        ...transcript,
        [field]: NodeId.fromBytes(flipped(transcript[field].bytes, index, bit)),
      }
    : { ...transcript, [field]: flipped(transcript[field], index, bit) };
}
