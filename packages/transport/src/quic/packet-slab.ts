const slabBytes = 256 * 1024;

/**
 * Memory for outgoing packets. A socket may hold on to a packet until the system takes it, so space
 * is never written twice: packets are cut one after the other from a slab, and a used-up slab is left
 * to the garbage collector.
 */
export class PacketSlab {
  private slab: Buffer = Buffer.allocUnsafeSlow(0);
  private offset = 0;

  /** `size` bytes to write a packet into; call `keep` with what was used before asking again. */
  reserve(size: number): Buffer {
    if (this.offset + size > this.slab.length) {
      this.slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, size));
      this.offset = 0;
    }
    return this.slab.subarray(this.offset, this.offset + size);
  }

  keep(length: number): void {
    this.offset += length;
  }
}
