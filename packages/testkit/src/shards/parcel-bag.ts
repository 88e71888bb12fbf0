import type { Parcel, ParcelKind, ParcelLabel } from './parcel.ts';

/** Arrival, rank and departure of 8 bytes each; nodes, connection, channel and length of 4; the kind. */
const labelBytes = 3 * 8 + 5 * 4 + 1;
const firstCapacity = 16 * 1024;

/** Parcels for one shard, written one behind the other as bytes. */
export class ParcelBag {
  /** When the first of them arrives; Infinity when it is empty. */
  earliest = Number.POSITIVE_INFINITY;
  private bytes = new Uint8Array(0);
  private view = new DataView(this.bytes.buffer);
  private used = 0;

  add(parcel: Parcel, arrival: number, rank: number): void {
    const { body } = parcel;
    this.reserve(labelBytes + body.length);
    const { view, used: at } = this;
    view.setFloat64(at, arrival);
    view.setFloat64(at + 8, rank);
    view.setFloat64(at + 16, parcel.sentAt);
    view.setUint32(at + 24, parcel.connection);
    view.setUint32(at + 28, parcel.from);
    view.setUint32(at + 32, parcel.to);
    view.setUint32(at + 36, parcel.channel);
    view.setUint32(at + 40, body.length);
    view.setUint8(at + 44, parcel.kind);
    this.bytes.set(body, at + labelBytes);
    this.used += labelBytes + body.length;
    if (arrival < this.earliest) this.earliest = arrival;
  }

  /** What it holds, in memory that may be given away; undefined when that is nothing. It is empty afterwards. */
  take(): Uint8Array | undefined {
    if (this.used === 0) return undefined;
    const taken = this.bytes.slice(0, this.used);
    this.used = 0;
    this.earliest = Number.POSITIVE_INFINITY;
    return taken;
  }

  private reserve(size: number): void {
    if (this.used + size <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(firstCapacity, this.bytes.length * 2, this.used + size));
    grown.set(this.bytes.subarray(0, this.used));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}

/** Gives `take` every parcel of a bag that was taken; bodies are views of `bytes`. */
export function unpack(
  bytes: Uint8Array,
  take: (label: ParcelLabel, body: Uint8Array, arrival: number, rank: number) => void,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length;) {
    const bodyStart = at + labelBytes;
    const bodyEnd = bodyStart + view.getUint32(at + 40);
    const label: ParcelLabel = {
      kind: view.getUint8(at + 44) as ParcelKind,
      from: view.getUint32(at + 28),
      to: view.getUint32(at + 32),
      connection: view.getUint32(at + 24),
      channel: view.getUint32(at + 36),
      sentAt: view.getFloat64(at + 16),
    };
    take(label, bytes.subarray(bodyStart, bodyEnd), view.getFloat64(at), view.getFloat64(at + 8));
    at = bodyEnd;
  }
}
