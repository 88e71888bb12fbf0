import { type ElementKey, escapedBytes, isEscaped } from './element-key.ts';

/** How an element is written: the tag before its content. */
export const ElementTag = { string: 0, natural: 1, negative: 2, other: 3 } as const;

/** Writes the canonical encoding of states into a growing buffer. */
export class StateWriter {
  private bytes = Buffer.allocUnsafe(64);
  private length = 0;

  /** What was written so far, as bytes of its own. */
  finish(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.bytes, 0, this.length);
  }

  get size(): number {
    return this.length;
  }

  byte(value: number): this {
    this.reserve(1);
    this.bytes[this.length++] = value;
    return this;
  }

  /** A natural number up to 2^53 - 1 in base-128 groups, least significant first. */
  varint(value: number): this {
    this.reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest % 0x80) | 0x80;
      rest = rest > 0x7fffffff ? Math.floor(rest / 0x80) : rest >>> 7;
    }
    this.bytes[this.length++] = rest;
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
    return this;
  }

  /** Bytes after their length. */
  block(bytes: Uint8Array): this {
    return this.varint(bytes.length).raw(bytes);
  }

  /** A well-formed string as UTF-8 after its length in bytes. */
  text(text: string): this {
    const units = text.length;
    this.reserve(units * 3 + 5);
    if (units < 64 && this.shortAscii(text)) return this;
    const bytes = Buffer.byteLength(text);
    this.varint(bytes);
    this.length += this.bytes.write(text, this.length, bytes, 'utf8');
    return this;
  }

  element(key: ElementKey): this {
    if (typeof key === 'number') {
      return key < 0
        ? this.byte(ElementTag.negative).varint(-key)
        : this.byte(ElementTag.natural).varint(key);
    }
    if (isEscaped(key)) return this.byte(ElementTag.other).block(escapedBytes(key));
    return this.byte(ElementTag.string).text(key);
  }

  private shortAscii(text: string): boolean {
    const { bytes } = this;
    const start = this.length;
    let at = start;
    bytes[at++] = text.length;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return false;
      bytes[at++] = unit;
    }
    this.length = at;
    return true;
  }

  private reserve(extra: number): void {
    const needed = this.length + extra;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
