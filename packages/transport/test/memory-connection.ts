import type { Address, Clock, Unsubscribe } from '@macula/core';
import type { ByteStream, Connection, ConnectionEnd } from '../src/connection.ts';

export interface MemoryConnectionOptions {
  readonly clock: Clock;
  readonly protocol: Connection['protocol'];
  /** Milliseconds that everything takes from one end to the other. */
  readonly latencyMs: number;
}

export interface MemoryEnd {
  readonly certificate: Uint8Array | undefined;
  readonly address: Address;
}

/** Bytes that a stream takes until the peer has read them. */
const windowBytes = 256 * 1024;

/** Both ends of a connection in memory: reliable, ordered, flow-controlled, in the clock's time. */
export function memoryConnectionPair(
  options: MemoryConnectionOptions,
  dialler: MemoryEnd,
  acceptor: MemoryEnd,
): [MemoryConnection, MemoryConnection] {
  const here = new MemoryConnection(options, true, acceptor);
  const there = new MemoryConnection(options, false, dialler);
  here.join(there);
  there.join(here);
  return [here, there];
}

/** One end of a connection in memory. */
export class MemoryConnection implements Connection {
  readonly protocol: Connection['protocol'];
  readonly initiator: boolean;
  readonly peerCertificate: Uint8Array | undefined;
  readonly remoteAddress: Address;
  readonly rtt: number;
  readonly confirmed = true;
  readonly maxDatagramSize = 1_200;
  /** Nothing that this end sends arrives any more, nor is this noticed. */
  mute = false;
  private readonly options: MemoryConnectionOptions;
  private readonly streams = new Set<MemoryStream>();
  private readonly closeListeners = new Set<(end: ConnectionEnd) => void>();
  private peer: MemoryConnection | undefined;
  private end: ConnectionEnd | undefined;
  private onOpened: ((stream: ByteStream) => void) | undefined;
  private onBytes: ((bytes: Uint8Array, start: number, end: number) => void) | undefined;

  constructor(options: MemoryConnectionOptions, initiator: boolean, remote: MemoryEnd) {
    this.options = options;
    this.protocol = options.protocol;
    this.initiator = initiator;
    this.peerCertificate = remote.certificate;
    this.remoteAddress = remote.address;
    this.rtt = options.latencyMs * 2;
  }

  join(peer: MemoryConnection): void {
    this.peer = peer;
  }

  onConfirmed(listener: () => void): Unsubscribe {
    listener();
    return () => undefined;
  }

  openStream(): ByteStream | undefined {
    const { peer } = this;
    if (this.end !== undefined || peer === undefined) return undefined;
    const near = new MemoryStream((action) => this.transmit(action));
    const far = new MemoryStream((action) => peer.transmit(action));
    near.join(far);
    far.join(near);
    this.streams.add(near);
    far.announced = () => {
      if (peer.end !== undefined) return;
      peer.streams.add(far);
      peer.onOpened?.(far);
    };
    return near;
  }

  onStream(listener: (stream: ByteStream) => void): void {
    this.onOpened = listener;
  }

  sendDatagram(bytes: Uint8Array): boolean {
    const copy = Uint8Array.from(bytes);
    this.transmit(() => this.peer?.onBytes?.(copy, 0, copy.length));
    return true;
  }

  onDatagram(listener: (bytes: Uint8Array, start: number, end: number) => void): void {
    this.onBytes = listener;
  }

  flush(): void {}

  close(code: number, message: string): void {
    this.transmit(() => this.peer?.finish({ code, message, remote: true }));
    this.finish({ code, message, remote: false });
  }

  /** Ends it on this side as a broken network does. */
  breakDown(message: string): void {
    this.finish({ code: undefined, message, remote: false });
  }

  onClose(listener: (end: ConnectionEnd) => void): Unsubscribe {
    if (this.end !== undefined) listener(this.end);
    else this.closeListeners.add(listener);
    return () => this.closeListeners.delete(listener);
  }

  /** Runs `action` at the other end, in order, unless this end is closed or mute. */
  private transmit(action: () => void): void {
    if (this.end !== undefined || this.mute) return;
    this.options.clock.setTimer(action, this.options.latencyMs);
  }

  private finish(end: ConnectionEnd): void {
    if (this.end !== undefined) return;
    this.end = end;
    for (const listener of this.closeListeners) listener(end);
    for (const stream of this.streams) stream.lost();
  }
}

/** One end of a stream in memory. */
class MemoryStream implements ByteStream {
  /** Called when the first thing about this stream arrives. */
  announced: (() => void) | undefined;
  private readonly transmit: (action: () => void) => void;
  private readonly arrived: Uint8Array[] = [];
  private peer: MemoryStream | undefined;
  private credit = windowBytes;
  private starved = false;
  private paused = false;
  private endWanted = false;
  private endArrived = false;
  private over = false;
  private dataListener: ((bytes: Uint8Array, start: number, end: number) => void) | undefined;
  private writableListener: (() => void) | undefined;
  private endListener: (() => void) | undefined;
  private resetListener: ((code: number | undefined) => void) | undefined;

  constructor(transmit: (action: () => void) => void) {
    this.transmit = transmit;
  }

  join(peer: MemoryStream): void {
    this.peer = peer;
  }

  write(bytes: Uint8Array, start: number, end: number): number {
    if (this.over || this.endWanted) return 0;
    const taken = Math.min(end - start, this.credit);
    this.credit -= taken;
    if (taken < end - start) this.starved = true;
    const copy = Uint8Array.from(bytes.subarray(start, start + taken));
    if (taken > 0) this.tell((peer) => peer.receive(copy));
    return taken;
  }

  onWritable(listener: () => void): void {
    this.writableListener = listener;
  }

  onData(listener: (bytes: Uint8Array, start: number, end: number) => void): void {
    this.dataListener = listener;
    this.deliver();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.deliver();
  }

  end(): void {
    if (this.endWanted || this.over) return;
    this.endWanted = true;
    this.tell((peer) => {
      peer.endArrived = true;
      peer.deliver();
    });
  }

  reset(code: number): void {
    if (this.over) return;
    this.over = true;
    this.tell((peer) => peer.ended(code));
  }

  onEnd(listener: () => void): void {
    this.endListener = listener;
  }

  onReset(listener: (code: number | undefined) => void): void {
    this.resetListener = listener;
  }

  lost(): void {
    this.ended(undefined);
  }

  private tell(action: (peer: MemoryStream) => void): void {
    const { peer } = this;
    if (peer === undefined) return;
    this.transmit(() => {
      peer.announced?.();
      peer.announced = undefined;
      if (!peer.over) action(peer);
    });
  }

  private receive(bytes: Uint8Array): void {
    this.arrived.push(bytes);
    this.deliver();
  }

  private deliver(): void {
    while (!this.paused && !this.over && this.dataListener !== undefined) {
      const bytes = this.arrived.shift();
      if (bytes === undefined) break;
      this.dataListener(bytes, 0, bytes.length);
      this.tell((peer) => peer.credited(bytes.length));
    }
    if (this.endArrived && this.arrived.length === 0 && !this.over) {
      this.endArrived = false;
      this.endListener?.();
    }
  }

  private credited(bytes: number): void {
    this.credit += bytes;
    if (!this.starved) return;
    this.starved = false;
    this.writableListener?.();
  }

  private ended(code: number | undefined): void {
    if (this.over) return;
    this.over = true;
    this.resetListener?.(code);
  }
}
