import { type EncodedFrame, type FrameView, Id, ProtocolError } from '@macula/core';
import {
  decodeMessage,
  DirectoryDigest,
  DirectoryEntries,
  type DirectoryPosition,
  type DirectoryRecord,
  DirectoryWanted,
  FrameKind,
  FrameWriter,
  headerOf,
} from '@macula/wire';
import { maxValueBytes } from './replicated-directory-options.ts';

/** Most records that one frame may carry. */
export const maxRecordsPerFrame = 4_096;

/** How far somebody has followed a node's entries. Epoch 0: not at all. */
export interface Position {
  readonly epoch: number;
  readonly version: number;
}

export interface Digest {
  readonly own: Position;
  readonly held: Position;
}

/** One entry, or its withdrawal (`key` undefined). The bytes are views into the frame. */
export interface EntryRecord {
  readonly number: number;
  readonly key: Uint8Array | undefined;
  readonly value: Uint8Array;
}

export interface EntryBatch {
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
  readonly reset: boolean;
  readonly complete: boolean;
  readonly records: readonly EntryRecord[];
}

export function digestFrame({ own, held }: Digest): EncodedFrame {
  const message: DirectoryDigest = { own: positionMessage(own), held: positionMessage(held) };
  return frameOf(FrameKind.directoryDigest, DirectoryDigest.encode(message).finish());
}

export function entriesFrame(batch: EntryBatch): EncodedFrame {
  const message: DirectoryEntries = {
    epoch: BigInt(batch.epoch),
    from: BigInt(batch.from),
    to: BigInt(batch.to),
    reset: batch.reset,
    complete: batch.complete,
    records: batch.records.map(({ number, key, value }) => ({
      number: BigInt(number),
      key: key ?? new Uint8Array(0),
      value,
    })),
  };
  return frameOf(FrameKind.directoryEntries, DirectoryEntries.encode(message).finish());
}

export function wantedFrame(held: Position): EncodedFrame {
  const message: DirectoryWanted = { held: positionMessage(held) };
  return frameOf(FrameKind.directoryWanted, DirectoryWanted.encode(message).finish());
}

/** Throws ProtocolError. */
export function readDigest(frame: FrameView): Digest {
  const message = decodeMessage(DirectoryDigest, headerOf(frame), 'directoryDigest frame');
  return { own: positionOf(message.own), held: positionOf(message.held) };
}

/** Throws ProtocolError. */
export function readWanted(frame: FrameView): Position {
  return positionOf(decodeMessage(DirectoryWanted, headerOf(frame), 'directoryWanted frame').held);
}

/** Throws ProtocolError. */
export function readEntries(frame: FrameView): EntryBatch {
  const message = decodeMessage(DirectoryEntries, headerOf(frame), 'directoryEntries frame');
  const batch: EntryBatch = {
    epoch: count(message.epoch),
    from: count(message.from),
    to: count(message.to),
    reset: message.reset,
    complete: message.complete,
    records: message.records.map(recordOf),
  };
  if (batch.epoch === 0 || batch.from > batch.to || (batch.reset && batch.from !== 0)) {
    throw new ProtocolError(
      `directory entries from ${batch.from} to ${batch.to} of epoch ${batch.epoch} make no sense`,
    );
  }
  if (batch.records.length > maxRecordsPerFrame) {
    throw new ProtocolError(
      `a frame has ${batch.records.length} directory entries; ${maxRecordsPerFrame} are allowed`,
    );
  }
  return batch;
}

function recordOf({ number, key, value }: DirectoryRecord): EntryRecord {
  if (key.length !== 0 && key.length !== Id.byteLength) {
    throw new ProtocolError(`a directory entry has a key of ${key.length} bytes instead of 32`);
  }
  if (value.length > maxValueBytes) {
    throw new ProtocolError(
      `a directory entry has a value of ${value.length} bytes; ${maxValueBytes} are allowed`,
    );
  }
  return { number: count(number), key: key.length === 0 ? undefined : key, value };
}

function positionMessage({ epoch, version }: Position): DirectoryPosition {
  return { epoch: BigInt(epoch), version: BigInt(version) };
}

function positionOf(message: DirectoryPosition | undefined): Position {
  return message === undefined
    ? { epoch: 0, version: 0 }
    : { epoch: count(message.epoch), version: count(message.version) };
}

function count(value: bigint): number {
  const result = Number(value);
  if (!Number.isSafeInteger(result)) {
    throw new ProtocolError(`a directory frame counts to ${value}, beyond 2^53`);
  }
  return result;
}

function frameOf(kind: number, header: Uint8Array): EncodedFrame {
  return new FrameWriter().empty().frame(kind, header);
}
