import { createHash } from 'node:crypto';
import { bytesFromHex, Id } from './id.ts';

/** A place in the Directory's 256-bit key space. */
export class DirectoryKey extends Id {
  declare private readonly brand: 'DirectoryKey';

  private constructor(bytes: Uint8Array) {
    super(bytes, 'DirectoryKey');
  }

  static fromBytes(bytes: Uint8Array): DirectoryKey {
    return new DirectoryKey(bytes);
  }

  static parse(text: string): DirectoryKey {
    return new DirectoryKey(bytesFromHex(text, 'DirectoryKey'));
  }

  /** SHA-256 over the parts, each preceded by its length (4 bytes, big-endian), so that no two part lists collide. */
  static of(...parts: readonly string[]): DirectoryKey {
    const hash = createHash('sha256');
    for (const part of parts) {
      const bytes = Buffer.from(part, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      hash.update(length).update(bytes);
    }
    return new DirectoryKey(hash.digest());
  }
}
