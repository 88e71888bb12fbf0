import type { EncodedFrame } from '@macula/core';
import { PayloadTooLargeError } from './call-error.ts';

/** How many procedures may have an alias in one direction of a link; callers write out the names of others. Part of the protocol. */
export const maxAliases = 4_096;

/** Throws PayloadTooLargeError when `frame` has more than `limit` bytes. */
export function checkSize(frame: EncodedFrame, limit: number): void {
  const size = frame.end - frame.start;
  if (size > limit) {
    throw new PayloadTooLargeError(
      `the message takes ${size} bytes; ${limit} are allowed. Use a stream for what is larger`,
    );
  }
}
