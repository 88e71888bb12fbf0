const chunkBytes = 16 * 1024;
const longestShared = 1024;

/**
 * Memory for bursts. Most are short, and a buffer of its own for each would cost the garbage collector
 * more than the rest of a simulation: short ones are cut out of shared chunks.
 */
export class BurstMemory {
  private chunk = new Uint8Array(0);
  private used = 0;

  take(size: number): Uint8Array {
    if (size > longestShared) return new Uint8Array(size);
    if (this.used + size > this.chunk.length) {
      this.chunk = new Uint8Array(chunkBytes);
      this.used = 0;
    }
    const start = this.used;
    this.used += size;
    return this.chunk.subarray(start, this.used);
  }
}
