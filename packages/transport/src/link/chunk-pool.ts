/** Size of the pieces that queues are made of, in bytes. */
export const chunkBytes = 65_536;

/** Buffers that queues borrow while they hold something, so that an idle link holds none. */
export class ChunkPool {
  private readonly free: Buffer[] = [];
  private readonly limit: number;

  /** `limit`: unused buffers that are kept for reuse. */
  constructor(limit = 64) {
    this.limit = limit;
  }

  take(): Buffer {
    return this.free.pop() ?? Buffer.allocUnsafeSlow(chunkBytes);
  }

  give(chunk: Buffer): void {
    if (chunk.length === chunkBytes && this.free.length < this.limit) this.free.push(chunk);
  }
}
