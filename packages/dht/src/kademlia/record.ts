import { createHash } from 'node:crypto';
import { DirectoryKey, NodeId, ProtocolError } from '@macula/core';
import { KademliaRecord, KademliaRecordContent } from '@macula/wire';
import { maxValueBytes } from '../replicated-directory-options.ts';

/** Signs records with this node's key; identity's Signer is one. */
export interface RecordSigner {
  readonly nodeId: NodeId;
  /** SubjectPublicKeyInfo in DER; `nodeId` is its SHA-256. */
  readonly publicKey: Uint8Array;
  sign(data: Uint8Array): Uint8Array;
}

/** Whether `signature` is what the owner of `publicKey` gave for `data`; never throws. identity's verifySignature is one. */
export type RecordVerifier = (
  publicKey: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
) => boolean;

/** What a node says of one of its entries. */
export interface RecordContent {
  readonly key: DirectoryKey;
  /** Names the entry among those of its node; at most 64 bytes. */
  readonly id: string;
  /** Grows with every change and renewal. */
  readonly sequence: number;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
  readonly withdrawn: boolean;
  readonly value: Uint8Array;
}

/** A signed statement of one node about one of its entries. */
export interface SignedRecord extends RecordContent {
  readonly node: NodeId;
  /** As it is on the wire and was signed. */
  readonly encoded: KademliaRecord;
  /** First 8 bytes of the SHA-256 of the content: XOR of these tells sets of records apart. */
  readonly mark: bigint;
}

/** Records that end later than so many milliseconds from now are refused: a wrong clock must not make eternal ones. */
export const maxLifetimeMs = 24 * 3_600_000;
const maxIdBytes = 64;
const maxKeyBytes = 256;
const purpose = Buffer.from('macula-dht-record-1\0');

/** Makes a record in the name of the signer. */
export function signRecord(signer: RecordSigner, content: RecordContent): SignedRecord {
  const bytes = KademliaRecordContent.encode({
    key: content.key.bytes,
    id: content.id,
    sequence: BigInt(content.sequence),
    expiresAt: BigInt(content.expiresAt),
    withdrawn: content.withdrawn,
    value: content.value,
  }).finish();
  const { publicKey, nodeId } = signer;
  const signature = signer.sign(signedBytes(bytes));
  const encoded = { content: bytes, publicKey, signature };
  return { ...content, node: nodeId, encoded, mark: markOf(bytes) };
}

/** Reads a record without checking signature and time. Throws ProtocolError. */
export function readRecord(encoded: KademliaRecord): SignedRecord {
  let content: KademliaRecordContent;
  try {
    content = KademliaRecordContent.decode(encoded.content);
  } catch (cause) {
    throw new ProtocolError('a directory record is malformed', { cause });
  }
  const { id, value, withdrawn } = content;
  const sequence = Number(content.sequence);
  const expiresAt = Number(content.expiresAt);
  const wellFormed =
    content.key.length === DirectoryKey.byteLength &&
    id.length > 0 &&
    Buffer.byteLength(id) <= maxIdBytes &&
    value.length <= maxValueBytes &&
    !(withdrawn && value.length > 0) &&
    Number.isSafeInteger(sequence) &&
    Number.isSafeInteger(expiresAt) &&
    encoded.publicKey.length <= maxKeyBytes &&
    encoded.signature.length <= maxKeyBytes;
  if (!wellFormed) throw new ProtocolError('a directory record has fields out of range');
  return {
    key: DirectoryKey.fromBytes(content.key),
    node: NodeId.fromBytes(createHash('sha256').update(encoded.publicKey).digest()),
    id,
    sequence,
    expiresAt,
    withdrawn,
    value,
    encoded,
    mark: markOf(encoded.content),
  };
}

/** Names a record's entry among all under a key. */
export function entryName({ node, id }: SignedRecord): string {
  return `${node.key} ${id}`;
}

/**
 * Whether `a` replaces `b`, another record of the same entry. A total order, so that merging is
 * commutative, associative and idempotent even when a node signs two records with one sequence.
 */
export function supersedes(a: SignedRecord, b: SignedRecord): boolean {
  if (a.sequence !== b.sequence) return a.sequence > b.sequence;
  if (a.mark === b.mark) return false;
  return Buffer.compare(a.encoded.content, b.encoded.content) > 0;
}

/** Whether the time of the record is now: neither over, nor farther ahead than any node may ask for. */
export function isCurrent(record: SignedRecord, wallTime: number): boolean {
  return record.expiresAt > wallTime && record.expiresAt <= wallTime + maxLifetimeMs;
}

export function isAuthentic({ encoded }: SignedRecord, verify: RecordVerifier): boolean {
  return verify(encoded.publicKey, signedBytes(encoded.content), encoded.signature);
}

/** Bytes that a record takes in a message beside its parts, roughly. */
export const recordOverhead = 16;

/** Bytes that the record takes in a message, roughly. */
export function sizeOf({ content, publicKey, signature }: KademliaRecord): number {
  return content.length + publicKey.length + signature.length + recordOverhead;
}

function signedBytes(content: Uint8Array): Uint8Array {
  return Buffer.concat([purpose, content]);
}

function markOf(content: Uint8Array): bigint {
  return createHash('sha256').update(content).digest().readBigUInt64BE();
}
