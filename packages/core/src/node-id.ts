import { bytesFromHex, Id } from './id.ts';

/** Identifies a node: SHA-256 of its certificate's SubjectPublicKeyInfo. */
export class NodeId extends Id {
  declare private readonly brand: 'NodeId';

  private constructor(bytes: Uint8Array) {
    super(bytes, 'NodeId');
  }

  /** Copies 32 bytes. Throws InvalidArgumentError for any other length. */
  static fromBytes(bytes: Uint8Array): NodeId {
    return new NodeId(bytes);
  }

  /** Reads the 64 hex digits that `toString()` gives. Throws InvalidArgumentError. */
  static parse(text: string): NodeId {
    return new NodeId(bytesFromHex(text, 'NodeId'));
  }
}
