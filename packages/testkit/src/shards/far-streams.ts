import { StreamResetError, trafficClasses } from '@macula/core';
import { copyBytes } from '../network/copy-bytes.ts';
import { type FarStream, MemoryStream } from '../network/memory-stream.ts';
import { FarChannel } from './far-channel.ts';
import type { HalfConnection } from './half-connection.ts';
import { ParcelKind } from './parcel.ts';

/** A stream's end here, and what leads to its end there. */
class StreamPair implements FarStream {
  readonly number: number;
  readonly here: MemoryStream;
  readonly channel: FarChannel;
  private readonly half: HalfConnection;
  private readonly forget: () => void;
  private handled = 0;

  constructor(
    half: HalfConnection,
    here: MemoryStream,
    channel: FarChannel,
    number: number,
    forget: () => void,
  ) {
    this.half = half;
    this.here = here;
    this.channel = channel;
    this.number = number;
    this.forget = forget;
    here.connect(this, channel);
  }

  reset(error: StreamResetError): void {
    this.half.tell(ParcelKind.resetStream, this.number, numberBody(error.resetCode));
  }

  consumed(bytes: number): void {
    this.handled = this.half.credit(this.number, this.handled + bytes);
  }

  leave(): void {
    this.forget();
  }
}

/** The streams of one half of a connection, by the numbers of their channels: even ones are the initiator's. */
export class FarStreams {
  private readonly half: HalfConnection;
  private readonly pairs = new Map<number, StreamPair>();
  private opened = 0;

  constructor(half: HalfConnection) {
    this.half = half;
  }

  open(kind: number, header: Uint8Array): MemoryStream {
    const { end } = this.half;
    return end.streams.open(kind, header, (here) => {
      const place = 2 * this.opened++ + (end.initiator ? 0 : 1);
      const number = 2 * trafficClasses.length + place;
      const body = new Uint8Array(8 + header.length);
      body.set(numberBody(kind));
      body.set(header, 8);
      this.add(here, number, this.half.tell(ParcelKind.openStream, number, body));
    });
  }

  /** The peer has handled `bytes` of a stream. */
  consumed(number: number, bytes: number): void {
    this.pairs.get(number)?.channel.consumed(bytes);
  }

  /** Takes what concerns a stream; one that is closed here is concerned by nothing any more. */
  take(kind: ParcelKind, number: number, body: Uint8Array): void {
    if (kind === ParcelKind.openStream) {
      const header = copyBytes(body, 8);
      this.add(new MemoryStream(this.half.end.streams, numberOf(body), header, false), number, 0);
      return;
    }
    const pair = this.pairs.get(number);
    if (pair === undefined) return;
    if (kind === ParcelKind.burst) pair.consumed(pair.here.receive(body));
    else if (kind === ParcelKind.end) pair.here.receiveEnd();
    else pair.here.close(new StreamResetError(numberOf(body)));
  }

  private add(here: MemoryStream, number: number, earliest: number): void {
    const channel = new FarChannel(this.half, this.half.there, number, earliest);
    const pair = new StreamPair(this.half, here, channel, number, () => this.pairs.delete(number));
    this.pairs.set(number, pair);
  }
}

function numberBody(value: number): Uint8Array {
  const body = new Uint8Array(8);
  new DataView(body.buffer).setFloat64(0, value);
  return body;
}

function numberOf(body: Uint8Array): number {
  return new DataView(body.buffer, body.byteOffset).getFloat64(0);
}
