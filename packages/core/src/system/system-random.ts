import { randomFillSync } from 'node:crypto';
import type { Random } from '../contracts/random.ts';
import { InvalidArgumentError } from '../errors.ts';

const poolLength = 4096;
const twoToThe53 = 2 ** 53;

/**
 * Cryptographic randomness from the operating system, fetched in batches: one fetch costs about as much
 * as a thousand bytes out of the pool. Bytes are erased as they are handed out.
 */
class SystemRandom implements Random {
  #pool = Buffer.alloc(0);
  #used = 0;

  next(): number {
    return this.#integer53() / twoToThe53;
  }

  integer(below: number): number {
    if (!Number.isSafeInteger(below) || below < 1) {
      throw new InvalidArgumentError(
        `integer(below) needs a positive safe integer, got ${String(below)}`,
      );
    }
    // Rejecting the incomplete last run of `below` values keeps every result equally likely.
    const limit = twoToThe53 - (twoToThe53 % below);
    let value = this.#integer53();
    while (value >= limit) value = this.#integer53();
    return value % below;
  }

  bytes(length: number): Uint8Array {
    if (!Number.isSafeInteger(length) || length < 0) {
      throw new InvalidArgumentError(`bytes(length) needs a length, got ${String(length)}`);
    }
    const result = new Uint8Array(length);
    if (length > poolLength / 4) return randomFillSync(result);
    const at = this.#take(length);
    result.set(this.#pool.subarray(at, at + length));
    this.#pool.fill(0, at, at + length);
    return result;
  }

  #integer53(): number {
    const at = this.#take(7);
    const high = this.#pool.readUIntBE(at, 3) & 0x1fffff;
    const value = high * 2 ** 32 + this.#pool.readUInt32BE(at + 3);
    this.#pool.fill(0, at, at + 7);
    return value;
  }

  /** Where the next `length` unused bytes of the pool begin. */
  #take(length: number): number {
    if (this.#used + length > this.#pool.length) {
      if (this.#pool.length === 0) this.#pool = Buffer.allocUnsafeSlow(poolLength);
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += length;
    return at;
  }
}

/** The operating system's cryptographic randomness. */
export const systemRandom: Random = new SystemRandom();
