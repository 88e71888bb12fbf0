import {
  type Address,
  type Clock,
  type EncodedFrame,
  type FrameView,
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
import { type Inlet, Inlet_Action } from '@macula/wire';
import { type Carrier, inletHeader, type Occupant } from './carrier.ts';

/** Frames are gathered up to so many bytes. */
const batchBytes = 32 * 1024;

export interface WayDeps {
  readonly clock: Clock;
  /** Frames came over the way. */
  readonly arrived: (way: Way, frame: FrameView) => void;
  readonly onClosed: (way: Way) => void;
}

/**
 * One end of a way between a publisher and a subscriber through an inlet. It is a link that carries events and nothing
 * else: what stands on links does not notice that there is somebody between. Frames of one turn of the event loop leave together.
 */
export class Way implements Link, Occupant {
  readonly peer: NodeId;
  readonly initiator: boolean;
  readonly features: ReadonlySet<string> = new Set();
  readonly #deps: WayDeps;
  /** The link to the inlet. */
  readonly #carrier: Carrier;
  /** Stands for the way in what is sent here; one more or less in what comes. */
  readonly #number: number;
  readonly #header: Uint8Array;
  readonly #taken = new Listeners();
  readonly #drained = new Listeners();
  readonly #closed = new Listeners<[LinkCloseReason]>();
  #batch = Buffer.allocUnsafe(256);
  #length = 0;
  #scheduled = false;
  #refused = false;
  #reason: LinkCloseReason | undefined;

  constructor(deps: WayDeps, carrier: Carrier, number: number, peer: NodeId, initiator: boolean) {
    this.#deps = deps;
    this.#carrier = carrier;
    this.#number = number;
    this.peer = peer;
    this.initiator = initiator;
    this.#header = inletHeader(number, Inlet_Action.CARRY);
    carrier.occupy(number ^ 1, this);
  }

  get state(): LinkState {
    return this.#reason === undefined ? 'open' : 'closed';
  }

  get remoteAddress(): Address {
    return this.#carrier.link.remoteAddress;
  }

  get rtt(): number {
    return this.#carrier.link.rtt;
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

  /** What was taken leaves before the way is over. */
  async close(code: LinkCloseCode = LinkCloseCode.none, message = ''): Promise<void> {
    if (this.#reason !== undefined) return;
    if (!this.#flush()) this.#carrier.push(this.#header, this.#batch, 0, this.#length);
    this.#carrier.close(this.#number);
    this.#end({ code, message, remote: false });
  }

  onClose(listener: (reason: LinkCloseReason) => void): Unsubscribe {
    if (this.#reason === undefined) return this.#closed.add(listener);
    listener(this.#reason);
    return () => undefined;
  }

  /** Calls `listener` when the other side has taken the way. */
  onTaken(listener: () => void): Unsubscribe {
    return this.#taken.add(listener);
  }

  receive(action: Inlet['action'], frame: FrameView): void {
    if (action === Inlet_Action.CARRY) this.#deps.arrived(this, frame);
    else if (action === Inlet_Action.OPENED) this.#taken.emit();
    else if (action === Inlet_Action.CLOSE) this.#over('the inlet has closed the way');
  }

  drained(): void {
    this.#flush();
  }

  end(): void {
    this.#over('the link to the inlet is gone');
  }

  leave(): void {
    void this.close();
  }

  #over(message: string): void {
    this.#end({ code: LinkCloseCode.none, message, remote: true });
  }

  #end(reason: LinkCloseReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#carrier.vacate(this.#number ^ 1);
    this.#deps.onClosed(this);
    this.#closed.emit(reason);
    for (const listeners of [this.#taken, this.#drained, this.#closed]) listeners.clear();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#deps.clock.defer(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  /** False when the inlet's link does not take the batch; it goes when that has drained. */
  #flush(): boolean {
    if (this.#reason !== undefined) return true;
    if (this.#length > 0) {
      if (!this.#carrier.send(this.#header, this.#batch, 0, this.#length)) return false;
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
