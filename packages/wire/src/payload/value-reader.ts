import { MalformedPayloadError } from '../errors.ts';
import { binarySlab } from './binary-slab.ts';
import { readExtension } from './extension.ts';
import { KeyCache } from './key-cache.ts';
import { maxPayloadDepth } from './payload-depth.ts';
import { readUtf8 } from './utf8.ts';

/**
 * Reads MessagePack strictly: one pass over the bytes that believes no length before it has compared it with
 * what is there, so that a few bytes can never make it allocate much. What the protocol does not name
 * (docs/protocol.md, "Payload") throws MalformedPayloadError. Binaries are copied. One reader serves
 * any number of payloads, one after the other.
 */
export class ValueReader {
  readonly #keys = new KeyCache();
  readonly #floatBytes = new Uint8Array(8);
  readonly #float = new DataView(this.#floatBytes.buffer);
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;

  /** The one value in `bytes[start, end)`. Throws MalformedPayloadError. */
  read(bytes: Uint8Array, start: number, end: number): unknown {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    const value = this.#value(0);
    if (this.#at !== end) {
      throw new MalformedPayloadError(`${end - this.#at} bytes follow the payload's value`);
    }
    return value;
  }

  #value(depth: number): unknown {
    const token = this.#byte();
    if (token < 0x80) return token;
    if (token < 0x90) return this.#map(token & 0x0f, depth);
    if (token < 0xa0) return this.#array(token & 0x0f, depth);
    if (token < 0xc0) return this.#text(token & 0x1f);
    if (token >= 0xe0) return token - 0x100;
    switch (token) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.#binary(this.#byte());
      case 0xc5:
        return this.#binary(this.#uint16());
      case 0xc6:
        return this.#binary(this.#uint32());
      case 0xc7:
        return this.#extension(this.#byte());
      case 0xc8:
        return this.#extension(this.#uint16());
      case 0xc9:
        return this.#extension(this.#uint32());
      case 0xca:
        return this.#copyForFloat(4).getFloat32(0);
      case 0xcb:
        return this.#copyForFloat(8).getFloat64(0);
      case 0xcc:
        return this.#byte();
      case 0xcd:
        return this.#uint16();
      case 0xce:
        return this.#uint32();
      case 0xcf:
        return this.#integer64(this.#uint32());
      case 0xd0:
        return (this.#byte() << 24) >> 24;
      case 0xd1:
        return (this.#uint16() << 16) >> 16;
      case 0xd2:
        return this.#uint32() | 0;
      case 0xd3:
        return this.#integer64(this.#uint32() | 0);
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << (token - 0xd4));
      case 0xd9:
        return this.#text(this.#byte());
      case 0xda:
        return this.#text(this.#uint16());
      case 0xdb:
        return this.#text(this.#uint32());
      case 0xdc:
        return this.#array(this.#uint16(), depth);
      case 0xdd:
        return this.#array(this.#uint32(), depth);
      case 0xde:
        return this.#map(this.#uint16(), depth);
      case 0xdf:
        return this.#map(this.#uint32(), depth);
      default:
        throw new MalformedPayloadError(`0x${token.toString(16)} begins no MessagePack value`);
    }
  }

  #array(length: number, depth: number): unknown[] {
    this.#expect(length);
    if (depth >= maxPayloadDepth) throw tooDeep();
    // Short arrays get their length at once; long ones grow with what is really read.
    const values: unknown[] = length <= 64 ? new Array<unknown>(length) : [];
    for (let i = 0; i < length; i++) values[i] = this.#value(depth + 1);
    return values;
  }

  #map(length: number, depth: number): Record<string, unknown> {
    this.#expect(length * 2);
    if (depth >= maxPayloadDepth) throw tooDeep();
    const map: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) {
      const key = this.#key();
      const value = this.#value(depth + 1);
      // Assigning to __proto__ would set the prototype instead of a property.
      if (key === '__proto__') {
        Object.defineProperty(map, key, {
          value,
          writable: true,
          enumerable: true,
          configurable: true,
        });
      } else map[key] = value;
    }
    return map;
  }

  /** Strings, and integers in decimal. */
  #key(): string {
    const token = this.#byte();
    if (token >= 0xa0 && token < 0xc0) {
      const start = this.#at;
      const length = token & 0x1f;
      this.#take(length);
      return this.#keys.get(this.#bytes, start, this.#at);
    }
    this.#at--;
    const key = this.#value(maxPayloadDepth);
    if (typeof key === 'string') return key;
    if (typeof key === 'bigint' || Number.isInteger(key)) return String(key);
    throw new MalformedPayloadError('a map key is neither a string nor an integer');
  }

  #text(length: number): string {
    const start = this.#take(length);
    return readUtf8(this.#bytes, start, this.#at);
  }

  #binary(length: number): Uint8Array {
    const start = this.#take(length);
    return binarySlab.copy(this.#bytes, start, this.#at);
  }

  #extension(length: number): unknown {
    const type = this.#byte();
    const start = this.#take(length);
    return readExtension(type, this.#bytes, start, length);
  }

  /** A number where it is exact, else a bigint. `high`: the upper 32 bits with the sign. */
  #integer64(high: number): number | bigint {
    const low = this.#uint32();
    const value = high * 0x1_0000_0000 + low;
    return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low);
  }

  #copyForFloat(length: number): DataView {
    const start = this.#take(length);
    const bytes = this.#bytes;
    const copy = this.#floatBytes;
    for (let i = 0; i < length; i++) copy[i] = bytes[start + i] as number;
    return this.#float;
  }

  #byte(): number {
    if (this.#at >= this.#end) throw truncated();
    return this.#bytes[this.#at++] as number;
  }

  #uint16(): number {
    const at = this.#take(2);
    const bytes = this.#bytes;
    return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  }

  #uint32(): number {
    const at = this.#take(4);
    const b = this.#bytes;
    const low =
      ((b[at + 1] as number) << 16) | ((b[at + 2] as number) << 8) | (b[at + 3] as number);
    return (b[at] as number) * 0x100_0000 + low;
  }

  /** Moves past `length` bytes; gives where they begin. */
  #take(length: number): number {
    const start = this.#at;
    this.#expect(length);
    this.#at = start + length;
    return start;
  }

  /** Elements take a byte at least: a count beyond the bytes that are left is a lie. */
  #expect(length: number): void {
    if (length > this.#end - this.#at) throw truncated();
  }
}

function truncated(): MalformedPayloadError {
  return new MalformedPayloadError('the payload ends in the middle of a value');
}

function tooDeep(): MalformedPayloadError {
  return new MalformedPayloadError(`the payload is nested deeper than ${maxPayloadDepth} levels`);
}
