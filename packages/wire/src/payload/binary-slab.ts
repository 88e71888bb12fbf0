const slabLength = 16 * 1024;
const longestShared = 1024;

/**
 * Copies small binaries into shared blocks of memory, as Node's own Buffers lie in a pool: a typed array with memory of
 * its own costs ten times as much to allocate. What is kept keeps its block of 16 KiB; binaries over 1 KiB
 * have memory of their own.
 */
export class BinarySlab {
  #slab = new Uint8Array(0);
  #used = 0;

  copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    if (length > longestShared) return new Uint8Array(bytes.subarray(start, end));
    if (this.#used + length > this.#slab.length) {
      this.#slab = new Uint8Array(slabLength);
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
