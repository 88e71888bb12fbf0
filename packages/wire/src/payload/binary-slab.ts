import { markAsUntransferable } from 'node:worker_threads';

const slabLength = 8 * 1024;
const longestShared = 1024;

/**
 * Copies small byte strings into shared blocks of memory, as Node's own Buffers lie in a pool: a typed array with
 * memory of its own costs ten times as much to allocate. The price is the pool's, too: what is kept keeps its block of
 * 8 KiB. Over 1 KiB, bytes get memory of their own.
 */
class BinarySlab {
  #slab = new Uint8Array(0);
  #used = 0;

  copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    if (length > longestShared) return new Uint8Array(bytes.subarray(start, end));
    if (this.#used + length > this.#slab.length) {
      this.#slab = new Uint8Array(slabLength);
      // Somebody who transfers one binary's memory to a worker must not take that of all others along.
      markAsUntransferable(this.#slab.buffer);
      this.#used = 0;
    }
    const at = this.#used;
    const slab = this.#slab;
    // Multiples of eight, so that 64-bit views of a binary stay possible.
    this.#used = (at + length + 7) & ~7;
    // Below this length a loop is faster than making the view that set() needs.
    if (length > 32) slab.set(bytes.subarray(start, end), at);
    else for (let i = 0; i < length; i++) slab[at + i] = bytes[start + i] as number;
    return new Uint8Array(slab.buffer, at, length);
  }
}

/** The process's one slab. */
export const binarySlab = new BinarySlab();
