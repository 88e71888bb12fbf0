import type { Http2Stream } from 'node:http2';
import type { ByteStream } from '../connection.ts';
import { fromHttp2Code, toHttp2Code } from './error-codes.ts';

/** Bytes that a stream takes before the network has: as much as keeps a fast path busy between two turns. */
const sendBufferBytes = 256 * 1024;

/** What a reset means that did not come from Macula: HTTP/2 itself refused or cancelled the stream. */
const foreignResetCode = 0;

/**
 * A ByteStream on one HTTP/2 stream. The accepting side of a connection cannot open HTTP/2 streams; what
 * it opens waits, taking nothing, until one that the dialler offers is attached.
 */
export class Http2ByteStream implements ByteStream {
  private readonly onClosed: (() => void) | undefined;
  private stream: Http2Stream | undefined;
  private paused = false;
  /** Set when `write` took less than it was offered, until `onWritable` was called. */
  private starved = false;
  private endWanted = false;
  private resetCode: number | undefined;
  /** No listener is called any more: this side reset the stream, or the end was reported. */
  private over = false;
  private ended = false;
  private dataListener: ((bytes: Uint8Array, start: number, end: number) => void) | undefined;
  private writableListener: (() => void) | undefined;
  private endListener: (() => void) | undefined;
  private resetListener: ((code: number | undefined) => void) | undefined;

  /** `onClosed` is called once when the HTTP/2 stream is gone. */
  constructor(stream: Http2Stream | undefined, onClosed?: () => void) {
    this.onClosed = onClosed;
    if (stream !== undefined) this.attach(stream);
  }

  /** Binds a stream that was opened before there was an HTTP/2 stream for it. */
  attach(stream: Http2Stream): void {
    this.stream = stream;
    // Everything else that can go wrong with a stream is told by 'close', which always follows.
    stream.on('error', ignore);
    stream.once('wantTrailers', () => this.endWritten(stream));
    stream.once('close', () => this.closed(stream.rstCode));
    stream.once('end', () => this.endReceived());
    stream.on('data', this.dataReceived);
    if (this.paused || this.dataListener === undefined) stream.pause();
    if (this.resetCode !== undefined) stream.close(toHttp2Code(this.resetCode));
    else if (this.endWanted) stream.end();
    else this.tellWritable();
  }

  write(bytes: Uint8Array, start: number, end: number): number {
    const { stream } = this;
    if (this.over || this.endWanted || stream?.destroyed === true) return 0;
    const room = stream === undefined ? 0 : sendBufferBytes - stream.writableLength;
    const taken = Math.max(0, Math.min(end - start, room));
    if (taken < end - start) this.starved = true;
    if (taken > 0) stream?.write(Buffer.from(bytes.subarray(start, start + taken)), this.written);
    return taken;
  }

  onWritable(listener: () => void): void {
    this.writableListener = listener;
  }

  onData(listener: (bytes: Uint8Array, start: number, end: number) => void): void {
    this.dataListener = listener;
    if (!this.paused) this.stream?.resume();
  }

  pause(): void {
    this.paused = true;
    this.stream?.pause();
  }

  resume(): void {
    this.paused = false;
    if (this.dataListener !== undefined) this.stream?.resume();
  }

  end(): void {
    if (this.endWanted) return;
    this.endWanted = true;
    this.stream?.end();
  }

  reset(code: number): void {
    if (this.over) return;
    this.over = true;
    this.resetCode = code;
    this.stream?.close(toHttp2Code(code));
    // A reset stream is never read again; what it still holds must not count against the window.
    this.stream?.resume();
  }

  onEnd(listener: () => void): void {
    this.endListener = listener;
    if (this.ended) listener();
  }

  onReset(listener: (code: number | undefined) => void): void {
    this.resetListener = listener;
  }

  /** Whether nothing can be sent or received any more. */
  get finished(): boolean {
    return this.over;
  }

  /** The connection is gone. */
  connectionLost(): void {
    this.lost(undefined);
  }

  private readonly dataReceived = (chunk: Buffer): void => {
    if (!this.over) this.dataListener?.(chunk, 0, chunk.length);
  };

  private readonly written = (): void => {
    if (this.starved && this.roomAgain()) this.tellWritable();
  };

  private roomAgain(): boolean {
    return this.stream !== undefined && this.stream.writableLength <= sendBufferBytes / 2;
  }

  private tellWritable(): void {
    if (this.over) return;
    this.starved = false;
    this.writableListener?.();
  }

  /**
   * Streams are opened with `waitForTrailers`, so that END_STREAM is only sent from here. Node ends a
   * stream also before it resets it, which the peer must not take for a proper end.
   */
  private endWritten(stream: Http2Stream): void {
    if (this.endWanted && this.resetCode === undefined && !stream.destroyed)
      stream.sendTrailers({});
  }

  private endReceived(): void {
    if (this.over || this.ended) return;
    this.ended = true;
    this.endListener?.();
  }

  private closed(code: number | undefined): void {
    const complete = this.ended && this.stream?.writableFinished === true;
    if (complete && code === 0) this.over = true;
    else this.lost(fromHttp2Code(code) ?? foreignResetCode);
    this.onClosed?.();
  }

  private lost(code: number | undefined): void {
    if (this.over) return;
    this.over = true;
    this.resetListener?.(code);
  }
}

function ignore(): void {}
