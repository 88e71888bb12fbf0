import { Delivery } from '../network/delivery-queue.ts';

/** What a parcel is. */
export const ParcelKind = {
  /** A handshake begins. */
  dial: 0,
  /** The same by a node that knows that it will be refused. */
  knock: 1,
  accepted: 2,
  /** There is, or will be, another connection between the two: the body names it. */
  met: 3,
  refused: 4,
  established: 5,
  datagram: 6,
  /** Whole frames of a channel. */
  burst: 7,
  /** The end of a stream's channel. */
  end: 8,
  /** So many bytes of a channel were handled. */
  credit: 9,
  openStream: 10,
  resetStream: 11,
  /** Nobody uses the connection at the initiator's end. */
  idle: 12,
  closing: 13,
} as const;
export type ParcelKind = (typeof ParcelKind)[keyof typeof ParcelKind];

/** Who takes parcels. */
export interface ParcelReceiver {
  receive(parcel: Parcel): void;
}

/** Where a parcel goes, and what it is about. */
export interface ParcelLabel {
  readonly kind: ParcelKind;
  /** Numbers of nodes. */
  readonly from: number;
  readonly to: number;
  /** Which of the connections between the two. */
  readonly connection: number;
  /** Which of its channels; 0 where it concerns none. */
  readonly channel: number;
  readonly sentAt: number;
}

/** All that one node tells another: a label and plain bytes, so that it may leave its thread. */
export class Parcel extends Delivery implements ParcelLabel {
  readonly kind: ParcelKind;
  readonly from: number;
  readonly to: number;
  readonly connection: number;
  readonly channel: number;
  readonly sentAt: number;
  readonly body: Uint8Array;
  private readonly receiver: ParcelReceiver;

  constructor(label: ParcelLabel, body: Uint8Array, receiver: ParcelReceiver) {
    super();
    this.kind = label.kind;
    this.from = label.from;
    this.to = label.to;
    this.connection = label.connection;
    this.channel = label.channel;
    this.sentAt = label.sentAt;
    this.body = body;
    this.receiver = receiver;
  }

  arrive(): void {
    this.receiver.receive(this);
  }
}
