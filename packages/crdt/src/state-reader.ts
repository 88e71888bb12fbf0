import { isUtf8 } from 'node:buffer';
import { decodeValue } from '@macula/wire';
import { type ElementKey, keyOf } from './element-key.ts';
import { MalformedStateError } from './errors.ts';
import { ElementTag } from './state-writer.ts';
import { isWriterId } from './writer-id.ts';

/**
 * Reads what StateWriter wrote, and accepts nothing else: a number has one form, a length is checked
 * against the bytes that are there before anything is allocated for it. Throws MalformedStateError.
 */
export class StateReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.bytes.length - this.at;
  }

  byte(): number {
    const value = this.bytes[this.at];
    if (value === undefined) this.fail('it ends early');
    this.at++;
    return value;
  }

  varint(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    let scale = 0x80;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (scale > 2 ** 49 || value > Number.MAX_SAFE_INTEGER) {
        this.fail('a number is above 2^53 - 1');
      }
      if (byte < 0x80) {
        if (byte === 0) this.fail('a number is not in its shortest form');
        return value;
      }
      scale *= 0x80;
    }
  }

  /** A count of things that take at least `bytesEach` bytes, so that it cannot exceed what is there. */
  count(bytesEach: number): number {
    const count = this.varint();
    if (count * bytesEach > this.remaining)
      this.fail(`it promises ${count} entries and ends early`);
    return count;
  }

  /** A view of the next bytes, whose length comes first. */
  block(): Uint8Array {
    const length = this.count(1);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** A view of the next `length` bytes. */
  raw(length: number): Uint8Array {
    if (length > this.remaining) this.fail('it ends early');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text(): string {
    const length = this.count(1);
    const start = this.at;
    this.at += length;
    if (this.isAscii(start, this.at)) return this.bytes.toString('latin1', start, this.at);
    if (!isUtf8(this.bytes.subarray(start, this.at))) this.fail('a text is not UTF-8');
    return this.bytes.toString('utf8', start, this.at);
  }

  writer(): string {
    const id = this.text();
    if (!isWriterId(id)) this.fail("a writer's ID is empty or too long");
    return id;
  }

  element(): ElementKey {
    const tag = this.byte();
    switch (tag) {
      case ElementTag.string: {
        const text = this.text();
        if (text.charCodeAt(0) === 0) this.fail('an element is not in its canonical form');
        return text;
      }
      case ElementTag.natural:
        return this.varint();
      case ElementTag.negative: {
        const value = this.varint();
        if (value === 0) this.fail('an element is not in its canonical form');
        return -value;
      }
      case ElementTag.other:
        return this.otherElement(this.block());
      default:
        return this.fail(`an element has the unknown tag ${tag}`);
    }
  }

  /** Throws unless everything was read. */
  end(): void {
    if (this.remaining > 0) this.fail(`${this.remaining} bytes follow its end`);
  }

  fail(what: string): never {
    throw new MalformedStateError(`the encoded state is damaged at byte ${this.at}: ${what}`);
  }

  private otherElement(bytes: Uint8Array): ElementKey {
    let key: ElementKey;
    try {
      key = keyOf(decodeValue(bytes));
    } catch (error) {
      throw new MalformedStateError('an element is not MessagePack', { cause: error });
    }
    if (key !== '\0' + Buffer.from(bytes).toString('latin1')) {
      this.fail('an element is not in its canonical form');
    }
    return key;
  }

  private isAscii(start: number, end: number): boolean {
    if (end - start > 64) return false;
    for (let i = start; i < end; i++) if ((this.bytes[i] as number) > 0x7f) return false;
    return true;
  }
}
