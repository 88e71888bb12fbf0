import type { EncodedFrame, FrameView } from '@macula/core';
import { FrameKind, FrameWriter, MalformedFrameError, readVarint, writeVarint } from '@macula/wire';
import { maxEventHeaderLength, tagAlias } from '../event-header.ts';

/** What whoever passes an event on has to know of it. */
export interface TreeEventFields {
  readonly sequence: number;
  readonly qos: number;
  /** Milliseconds that the event may still take; 0: as many as it likes. */
  readonly expiresInMs: number;
}

/** An event on its way down a tree, as a frame that is valid until the next one is made. */
export interface TreeEvent extends EncodedFrame, TreeEventFields {}

/** A copy of such a frame, for branches whose links have no room. Shared by all that keep it. */
export interface KeptTreeEvent extends TreeEvent {
  readonly size: number;
  /** By the monotonic clock. */
  readonly keptAt: number;
}

/** Passes events on: the payload's bytes as they came, behind a header that differs in the alias alone. */
export class TreeEventWriter {
  readonly #writer = new FrameWriter();
  #header = new Uint8Array(maxEventHeaderLength + 8);

  /** The same event under another alias. Throws MalformedFrameError. */
  passOn(frame: FrameView, fields: TreeEventFields, alias: number): TreeEvent {
    const { bytes, headerEnd, payloadEnd } = frame;
    const behind = headerBehindAlias(frame);
    const rest = headerEnd - behind;
    if (rest + 8 > this.#header.length) this.#header = new Uint8Array(2 * rest);
    this.#header[0] = tagAlias;
    const at = writeVarint(this.#header, 1, alias);
    this.#header.set(bytes.subarray(behind, headerEnd), at);
    const made = this.#writer
      .payload(bytes, headerEnd, payloadEnd)
      .frame(FrameKind.treeEvent, this.#header, at + rest);
    return treeEventOf(made, fields);
  }
}

/** An event in a frame that has been made for it. */
export function treeEventOf(
  { kind, bytes, start, end }: EncodedFrame,
  { sequence, qos, expiresInMs }: TreeEventFields,
): TreeEvent {
  return { kind, bytes, start, end, sequence, qos, expiresInMs };
}

/** Where the part of the header begins that is the same on every hop. Throws MalformedFrameError. */
export function headerBehindAlias({ bytes, headerStart, headerEnd }: FrameView): number {
  const cursor = { offset: headerStart + 1 };
  if (bytes[headerStart] === tagAlias && readVarint(bytes, cursor, headerEnd) >= 0) {
    return cursor.offset;
  }
  throw new MalformedFrameError('the header of an event in a tree begins with its alias');
}

export function keepTreeEvent(event: TreeEvent, now: number): KeptTreeEvent {
  const bytes = Uint8Array.prototype.slice.call(event.bytes, event.start, event.end);
  const end = bytes.length;
  const copy = treeEventOf({ kind: event.kind, bytes, start: 0, end }, event);
  return { ...copy, size: end + 96, keptAt: now };
}
