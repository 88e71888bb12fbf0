import { Packr, RESERVE_START_SPACE, REUSE_BUFFER_MODE } from 'msgpackr/pack';
import { binarySlab } from './binary-slab.ts';
import { checkEncodable, unencodable } from './encodable.ts';

/** The buffer that msgpackr wrote into: the value is `[start + headroom, end)`. */
export type PackedBuffer = Buffer & { start: number; end: number };

/** msgpackr takes no smaller buffers: it wants 2 KiB left when it starts. */
export const smallestPackBuffer = 4096;

/** The most room that msgpackr can leave in front of a value. */
export const largestHeadroom = 255;

/** The scratch buffer is given back when a value has made it larger than this. */
const longestKeptScratch = 64 * 1024;

/**
 * Writes MessagePack with msgpackr into buffers of the caller's, without a copy.
 *
 * msgpackr keeps its output buffer in one variable for all its users in a process. So every packing
 * lends it the caller's buffer and takes that away again, else somebody else's next message would land
 * behind ours and be overwritten by the one after. What replaces it is a spare that has never been written
 * to: somebody may keep slices of what he packed into an earlier one.
 */
class ValuePacker {
  readonly #packr = new Packr({ useRecords: false, variableMapSize: true });
  #spare: Buffer = Buffer.allocUnsafeSlow(smallestPackBuffer);
  #scratch: Buffer = Buffer.allocUnsafeSlow(smallestPackBuffer);
  #packing = false;

  /**
   * Packs `value` into `buffer` with `headroom` free bytes in front, or into a larger new buffer, which is
   * the caller's to keep. Throws InvalidPayloadError.
   */
  packInto(buffer: Buffer, headroom: number, value: unknown): PackedBuffer {
    checkEncodable(value);
    // A toJSON or getter that encodes something itself must not change buffers under the packing in progress.
    if (this.#packing) return packedCopy(this.#pack(value, 0), headroom);
    if (this.#packr.position !== 0) this.#spare = Buffer.allocUnsafeSlow(smallestPackBuffer);
    this.#packing = true;
    try {
      this.#packr.useBuffer(buffer);
      return this.#pack(value, REUSE_BUFFER_MODE | RESERVE_START_SPACE | headroom) as PackedBuffer;
    } finally {
      this.#packr.useBuffer(this.#spare);
      this.#packing = false;
    }
  }

  /** `value` packed, to be kept. Throws InvalidPayloadError. */
  pack(value: unknown): Uint8Array {
    const packed = this.packInto(this.#scratch, 0, value);
    if (packed.length <= longestKeptScratch) this.#scratch = packed;
    return binarySlab.copy(packed, packed.start, packed.end);
  }

  #pack(value: unknown, mode: number): Buffer {
    try {
      return this.#packr.pack(value, mode);
    } catch (cause) {
      throw unencodable(cause);
    }
  }
}

/** The process's one packer: msgpackr's buffer is one, and so must be its keeper. */
export const valuePacker = new ValuePacker();

function packedCopy(packed: Buffer, headroom: number): PackedBuffer {
  const copy = Buffer.allocUnsafeSlow(Math.max(smallestPackBuffer, headroom + packed.length));
  copy.set(packed, headroom);
  return Object.assign(copy, { start: 0, end: headroom + packed.length });
}
