import type { ByteStream } from '../connection.ts';
import type { QuicheConnection } from './binding.ts';
import { QuicStream, type StreamOwner } from './quic-stream.ts';

export interface StreamTableOptions {
  readonly quiche: QuicheConnection;
  readonly initiator: boolean;
  /** The peer may open unidirectional streams, in any order. */
  readonly guest: boolean;
  readonly shutdown: { readonly Read: number; readonly Write: number };
  readonly readBuffer: Buffer;
  /** Packets will be due, after `bytes` of stream data. */
  readonly wrote: (bytes: number) => void;
}

// With more streams than this, a list of the readable ones is cheaper than asking each.
const pollBelow = 16;

/** The streams of one connection, and what each waits for. */
export class StreamTable implements StreamOwner {
  readonly quiche: QuicheConnection;
  readonly shutdown: { readonly Read: number; readonly Write: number };
  readonly readBuffer: Buffer;
  private readonly options: StreamTableOptions;
  private readonly streams = new Map<number, QuicStream>();
  /** Wait for flow control. */
  private readonly blocked = new Set<QuicStream>();
  /** Have bytes that were not read when they came. */
  private readonly rereads = new Set<QuicStream>();
  /** Opened by the peer while nobody listened. */
  private readonly unclaimed: QuicStream[] = [];
  private nextId: number;
  private nextPeerId: number;
  private listener: ((stream: ByteStream) => void) | undefined;
  private closed = false;

  constructor(options: StreamTableOptions) {
    this.options = options;
    this.quiche = options.quiche;
    this.shutdown = options.shutdown;
    this.readBuffer = options.readBuffer;
    this.nextId = options.initiator ? 0 : 1;
    this.nextPeerId = options.initiator ? 1 : 0;
  }

  open(): ByteStream | undefined {
    if (this.closed || this.quiche.peerStreamsLeftBidi() === 0) return undefined;
    const stream = new QuicStream(this, this.nextId);
    this.nextId += 4;
    this.streams.set(stream.id, stream);
    // quiche counts a stream from its first write on.
    stream.write(this.readBuffer, 0, 0);
    return stream;
  }

  onStream(listener: (stream: ByteStream) => void): void {
    this.listener = listener;
    for (const stream of this.unclaimed.splice(0)) listener(stream);
  }

  /** Reads what has arrived; returns the number of bytes. */
  read(): number {
    if (!this.quiche.isReadable()) return 0;
    return this.streams.size > pollBelow || this.options.guest
      ? this.readListed()
      : this.readPolled();
  }

  /** Reads streams that were resumed or got their reader late. */
  readAgain(): number {
    if (this.rereads.size === 0) return 0;
    const streams = [...this.rereads];
    this.rereads.clear();
    let bytes = 0;
    for (const stream of streams) bytes += stream.read();
    return bytes;
  }

  /** Lets streams go on for which flow control has room again. */
  unblock(): void {
    for (const stream of this.blocked) {
      if (!stream.hasRoom()) continue;
      this.blocked.delete(stream);
      stream.becameWritable();
    }
  }

  /** The connection is over. */
  lose(): void {
    this.closed = true;
    for (const stream of [...this.streams.values()]) stream.connectionLost();
    this.streams.clear();
    this.blocked.clear();
    this.rereads.clear();
    this.unclaimed.length = 0;
  }

  wrote(bytes: number): void {
    this.options.wrote(bytes);
  }

  awaitWritable(stream: QuicStream): void {
    this.blocked.add(stream);
  }

  awaitRead(stream: QuicStream): void {
    this.rereads.add(stream);
    this.options.wrote(0);
  }

  forget(stream: QuicStream): void {
    this.streams.delete(stream.id);
    this.blocked.delete(stream);
    this.rereads.delete(stream);
  }

  /**
   * Asks the few streams of a link one by one: the binding's list of readable streams costs several
   * times as much. The peer opens its streams in order, so the next one is known.
   */
  private readPolled(): number {
    let bytes = 0;
    while (!this.closed) {
      for (const stream of this.streams.values()) {
        if (!this.closed && this.quiche.streamReadable(stream.id)) bytes += stream.read();
      }
      if (this.closed || !this.quiche.streamReadable(this.nextPeerId)) break;
      this.accept(this.nextPeerId);
    }
    return bytes;
  }

  private readListed(): number {
    let bytes = 0;
    for (const id of this.quiche.readable()) {
      if (this.closed) break;
      const stream = this.streams.get(id) ?? (this.isNew(id) ? this.accept(id) : undefined);
      if (stream !== undefined) bytes += stream.read();
    }
    return bytes;
  }

  /** Of our own streams, and of a node's older ones, only those that are over are unknown. */
  private isNew(id: number): boolean {
    const own = (id & 1) === (this.options.initiator ? 0 : 1);
    return !own && (this.options.guest || id >= this.nextPeerId);
  }

  private accept(id: number): QuicStream {
    const stream = new QuicStream(this, id);
    this.streams.set(id, stream);
    this.nextPeerId = Math.max(this.nextPeerId, id + 4);
    if (this.listener === undefined) this.unclaimed.push(stream);
    else this.listener(stream);
    return stream;
  }
}
