import type { FrameView } from '@macula/core';
import { FrameDecoder, FrameKind } from '@macula/wire';

/** How many events a batch of frames brings. What is wrong in it is for its receiver to find. */
export function eventsInBatch({ bytes, headerEnd, payloadEnd }: FrameView): number {
  let events = 0;
  try {
    new FrameDecoder({}).push(bytes, headerEnd, payloadEnd, ({ kind }) => {
      if (kind === FrameKind.event) events++;
    });
  } catch {
    return events;
  }
  return events;
}
