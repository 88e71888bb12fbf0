import {
  type Address,
  type Clock,
  type EncodedFrame,
  type Link,
  LinkCloseCode,
  LinkClosedError,
  type LinkCloseReason,
  type LinkState,
  type LinkStream,
  Listeners,
  type NodeId,
  type TrafficClass,
  trafficClassOf,
  type Unsubscribe,
} from '@macula/core';
import { FrameKind, type FrameWriter, Inlet, Inlet_Action } from '@macula/wire';

/** Frames are gathered up to so many bytes. */
const batchBytes = 32 * 1024;

/**
 * One end of a way between a publisher and a subscriber through an inlet. It is a link that carries events and nothing
 * else: what stands on links does not notice that there is somebody between. Frames of one turn of the event loop leave together.
 */
export class Way implements Link {
  readonly peer: NodeId;
  readonly initiator: boolean;
  readonly features: ReadonlySet<string> = new Set();
  /** The link to the inlet. */
  readonly inlet: Link;
  /** Stands for the way in what is sent here. */
  readonly number: number;
  readonly #clock: Clock;
  readonly #writer: FrameWriter;
  readonly #header: Uint8Array;
  readonly #onClosed: (way: Way) => void;
  readonly #drained = new Listeners();
  readonly #closed = new Listeners<[LinkCloseReason]>();
  readonly #release: Unsubscribe[];
  #batch = Buffer.allocUnsafe(256);
  #length = 0;
  #scheduled = false;
  #refused = false;
  #reason: LinkCloseReason | undefined;

  constructor(
    clock: Clock,
    writer: FrameWriter,
    inlet: Link,
    number: number,
    peer: NodeId,
    initiator: boolean,
    onClosed: (way: Way) => void,
  ) {
    this.#clock = clock;
    this.#writer = writer;
    this.inlet = inlet;
    this.number = number;
    this.peer = peer;
    this.initiator = initiator;
    this.#onClosed = onClosed;
    this.#header = inletHeader(number, Inlet_Action.CARRY);
    this.#release = [
      inlet.onDrain('events', () => this.#flush()),
      inlet.onClose(() => this.end('the link to the inlet is gone', true)),
    ];
  }

  get state(): LinkState {
    return this.#reason === undefined ? 'open' : 'closed';
  }

  get remoteAddress(): Address {
    return this.inlet.remoteAddress;
  }

  get rtt(): number {
    return this.inlet.rtt;
  }

  send(frame: EncodedFrame): boolean {
    const size = frame.end - frame.start;
    if (this.#reason !== undefined || trafficClassOf(frame.kind) !== 'events') return false;
    if (this.#length > 0 && this.#length + size > batchBytes && !this.#flush()) {
      this.#refused = true;
      return false;
    }
    if (this.#length + size > this.#batch.length) {
      const grown = Buffer.allocUnsafe(Math.max(2 * this.#batch.length, this.#length + size));
      this.#batch.copy(grown, 0, 0, this.#length);
      this.#batch = grown;
    }
    this.#batch.set(frame.bytes.subarray(frame.start, frame.end), this.#length);
    this.#length += size;
    this.#schedule();
    return true;
  }

  onDrain(_trafficClass: TrafficClass, listener: () => void): Unsubscribe {
    return this.#drained.add(listener);
  }

  queuedBytes(trafficClass: TrafficClass): number {
    return trafficClass === 'events' ? this.#length : 0;
  }

  request(): Promise<Uint8Array> {
    return Promise.reject(new LinkClosedError('a way through an inlet carries events only'));
  }

  openStream(): LinkStream {
    throw new LinkClosedError('a way through an inlet carries events only');
  }

  sendDatagram(): boolean {
    return false;
  }

  async close(code: LinkCloseCode = LinkCloseCode.none, message = ''): Promise<void> {
    if (this.#reason !== undefined) return;
    this.#flush();
    const header = inletHeader(this.number, Inlet_Action.CLOSE);
    this.inlet.send(this.#writer.empty().frame(FrameKind.inlet, header));
    this.#end({ code, message, remote: false });
  }

  onClose(listener: (reason: LinkCloseReason) => void): Unsubscribe {
    if (this.#reason === undefined) return this.#closed.add(listener);
    listener(this.#reason);
    return () => undefined;
  }

  /** The way is over without this side's doing. */
  end(message: string, remote: boolean): void {
    this.#end({ code: LinkCloseCode.none, message, remote });
  }

  #end(reason: LinkCloseReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    for (const release of this.#release.splice(0)) release();
    this.#onClosed(this);
    this.#closed.emit(reason);
    this.#closed.clear();
    this.#drained.clear();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.defer(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  /** False when the inlet's link does not take the batch; it goes when that has drained. */
  #flush(): boolean {
    if (this.#reason !== undefined) return true;
    if (this.#length > 0) {
      const frame = this.#writer
        .payload(this.#batch, 0, this.#length)
        .frame(FrameKind.inlet, this.#header);
      if (!this.inlet.send(frame)) return false;
      this.#length = 0;
      if (this.#batch.length > batchBytes) this.#batch = Buffer.allocUnsafe(256);
    }
    if (this.#refused) {
      this.#refused = false;
      this.#drained.emit();
    }
    return true;
  }
}

const nobody: Uint8Array = new Uint8Array();

export function inletHeader(
  way: number,
  action: Inlet['action'],
  peer: Uint8Array = nobody,
): Uint8Array {
  return Inlet.encode({ way, action, peer }).finish();
}
