import type { EncodedFrame, FrameView, Link, Unsubscribe } from '@macula/core';
import { FrameKind, type FrameWriter, Inlet, Inlet_Action } from '@macula/wire';
import { Fifo } from '../fifo.ts';

/** What stands behind a number on a link: the end of a way, or half of one that passes here. */
export interface Occupant {
  /** A frame with the number came. */
  receive(action: Inlet['action'], frame: FrameView): void;
  /** The link may take frames again that it had refused. */
  drained(): void;
  /** The link is gone, or its other side uses the number for another way. */
  end(): void;
  /** This node stops. */
  leave(): void;
}

export interface CarrierDeps {
  readonly writer: FrameWriter;
  /** Bytes that may wait for the link. */
  readonly maxBytes: number;
  /** The link is not needed any more, or gone. */
  readonly onOver: () => void;
}

/** A link that ways run over, from the first to the last of them: who has which number, and what waits until the link takes it. */
export class Carrier {
  readonly link: Link;
  /** Ways of the peer that pass here. */
  requested = 0;
  /** Ways that the peer, as an inlet of this node, has brought. */
  offered = 0;
  readonly #deps: CarrierDeps;
  readonly #occupants = new Map<number, Occupant>();
  readonly #waiting = new Fifo<EncodedFrame>();
  readonly #release: Unsubscribe[];
  #bytes = 0;
  #over = false;

  constructor(link: Link, deps: CarrierDeps) {
    this.link = link;
    this.#deps = deps;
    this.#release = [link.onDrain('events', () => this.#drained())];
    this.#release.push(link.onClose(() => this.#lost()));
  }

  /** Frames with this number are for `occupant` from now on. */
  occupy(number: number, occupant: Occupant): void {
    this.#occupants.set(number, occupant);
  }

  vacate(number: number): void {
    this.#occupants.delete(number);
    this.#endUnused();
  }

  occupantOf(number: number): Occupant | undefined {
    return this.#occupants.get(number);
  }

  /** Sends a header with a payload, if the link takes it now. */
  send(header: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
    const { writer } = this.#deps;
    // Nothing overtakes what waits.
    if (this.#waiting.length > 0) return false;
    return this.link.send(writer.payload(bytes, start, end).frame(FrameKind.inlet, header));
  }

  /** Sends a header with a payload, now or later. False when there is no room for it. */
  push(header: Uint8Array, bytes: Uint8Array = nothing, start = 0, end = bytes.length): boolean {
    if (this.send(header, bytes, start, end)) return true;
    if (this.#bytes + end - start > this.#deps.maxBytes) return false;
    this.#wait(this.#deps.writer.payload(bytes, start, end).frame(FrameKind.inlet, header));
    return true;
  }

  /** Tells the other side that a way is over: whatever else has no room, this is not left out, as the way would stay for ever. */
  close(number: number): void {
    const header = inletHeader(number, Inlet_Action.CLOSE);
    if (!this.send(header, nothing, 0, 0)) {
      this.#wait(this.#deps.writer.empty().frame(FrameKind.inlet, header));
    }
  }

  /** This node stops. */
  leave(): void {
    for (const occupant of [...this.#occupants.values()]) occupant.leave();
    this.#end();
  }

  #wait({ kind, bytes, start, end }: EncodedFrame): void {
    if (this.#over) return;
    const copy = Uint8Array.prototype.slice.call(bytes, start, end);
    this.#waiting.push({ kind, bytes: copy, start: 0, end: copy.length });
    this.#bytes += copy.length;
  }

  #drained(): void {
    for (let next = this.#waiting.first; next !== undefined; next = this.#waiting.first) {
      if (!this.link.send(next)) return;
      this.#waiting.shift();
      this.#bytes -= next.end;
    }
    for (const occupant of [...this.#occupants.values()]) occupant.drained();
    this.#endUnused();
  }

  #lost(): void {
    this.#end();
    for (const occupant of [...this.#occupants.values()]) occupant.end();
  }

  #endUnused(): void {
    if (this.#occupants.size === 0 && this.#waiting.length === 0) this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#waiting.clear();
    for (const release of this.#release.splice(0)) release();
    this.#deps.onOver();
  }
}

const nothing: Uint8Array = new Uint8Array();

export function inletHeader(
  way: number,
  action: Inlet['action'],
  peer: Uint8Array = nothing,
): Uint8Array {
  return Inlet.encode({ way, action, peer }).finish();
}
