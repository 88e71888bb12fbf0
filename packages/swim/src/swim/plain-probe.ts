import type { FrameView } from '@macula/core';
import { writeVarint } from '@macula/wire';

/** Tag of SwimProbe's field 1, a varint. */
const sequenceTag = 0x08;
/** A tag, and 32 bits in groups of seven. */
export const plainProbeSize = 6;
const nothing: readonly Uint8Array[] = [];

/**
 * SwimProbe without rumours, as nearly every probe and answer of a quiet mesh is, by hand: the same bytes as the generated
 * code's, without its buffer, reader and view for each, which cost more than the rest of a probe. Returns the length.
 */
export function writePlainProbe(target: Uint8Array, sequence: number): number {
  if (sequence === 0) return 0;
  target[0] = sequenceTag;
  return writeVarint(target, 1, sequence);
}

/** Reads what `writePlainProbe` writes; undefined for everything else, which the generated code judges. */
export function readPlainProbe({
  bytes,
  headerStart,
  headerEnd,
}: FrameView): { readonly sequence: number; readonly rumours: readonly Uint8Array[] } | undefined {
  const length = headerEnd - headerStart;
  if (length < 2 || length > plainProbeSize || bytes[headerStart] !== sequenceTag) return undefined;
  let sequence = 0;
  for (let at = headerStart + 1, shift = 0; at < headerEnd; at++, shift += 7) {
    const byte = bytes[at] as number;
    sequence |= (byte & 0x7f) << shift;
    if (byte < 0x80)
      return at + 1 === headerEnd ? { sequence: sequence >>> 0, rumours: nothing } : undefined;
  }
  return undefined;
}
