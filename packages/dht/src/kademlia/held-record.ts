import type { DirectoryEntry, DirectoryKey, NodeId } from '@macula/core';
import type { KademliaRecord } from '@macula/wire';
import { recordOverhead, type SignedRecord } from './record.ts';

/** A node that has announced something: what all its records share is kept once. */
export interface Author {
  readonly node: NodeId;
  readonly publicKey: Uint8Array;
  /** Names it within a store, for less memory than its ID. */
  readonly number: number;
  readonly held: Set<HeldRecord>;
}

/**
 * A record as a store keeps it: content and signature in one string of bytes, so that it neither holds on to the message it came in
 * nor costs more than it must: an array of its own would be 200 bytes more. There may be hundreds of thousands.
 */
export class HeldRecord implements SignedRecord {
  readonly key: DirectoryKey;
  readonly author: Author;
  readonly id: string;
  readonly sequence: number;
  readonly expiresAt: number;
  readonly withdrawn: boolean;
  readonly mark: bigint;
  /** Whether users see it: it is neither withdrawn, nor is its node gone. */
  visible = false;
  /** Content, signature, and the value where the content does not end with it: a byte each character. */
  readonly #bytes: string;
  readonly #contentEnd: number;
  readonly #signatureEnd: number;
  readonly #valueStart: number;

  /** `key` and `author` are those of the store. */
  constructor(given: SignedRecord, key: DirectoryKey, author: Author) {
    this.key = key;
    this.author = author;
    this.id = given.id;
    this.sequence = given.sequence;
    this.expiresAt = given.expiresAt;
    this.withdrawn = given.withdrawn;
    this.mark = given.mark;
    const { value } = given;
    const { content, signature } = given.encoded;
    const valueStart = content.length - value.length;
    const endsWithValue = Buffer.compare(content.subarray(Math.max(0, valueStart)), value) === 0;
    this.#contentEnd = content.length;
    this.#signatureEnd = content.length + signature.length;
    this.#valueStart = endsWithValue ? valueStart : this.#signatureEnd;
    const parts = endsWithValue ? [content, signature] : [content, signature, value];
    this.#bytes = Buffer.concat(parts).toString('latin1');
  }

  get node(): NodeId {
    return this.author.node;
  }

  get value(): Uint8Array {
    const inContent = this.#valueStart < this.#signatureEnd;
    return this.#slice(this.#valueStart, inContent ? this.#contentEnd : undefined);
  }

  get encoded(): KademliaRecord {
    return {
      content: this.#slice(0, this.#contentEnd),
      publicKey: this.author.publicKey,
      signature: this.#slice(this.#contentEnd, this.#signatureEnd),
    };
  }

  /** As `sizeOf` would say, without the bytes. */
  get size(): number {
    return this.#signatureEnd + this.author.publicKey.length + recordOverhead;
  }

  #slice(start: number, end?: number): Uint8Array {
    return Buffer.from(this.#bytes.slice(start, end), 'latin1');
  }

  /** As users see it. */
  get entry(): DirectoryEntry {
    const { key, node, id, value } = this;
    return { key, node, id, value };
  }
}
