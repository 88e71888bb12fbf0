import type { FrameView } from '@macula/core';
import { FrameDecoder } from '@macula/wire';
import type { ByteStream } from '../connection.ts';
import { HeldFrames } from './held-frames.ts';

/** What an inlet reports. */
export interface InletHandlers {
  /** A frame. An exception goes to `broken`. */
  frame(frame: FrameView): void;
  /** The peer has ended its direction, and every frame was delivered. */
  ended(): void;
  /** The peer reset the stream, or (without code) the connection is gone. */
  wasReset(code: number | undefined): void;
  /** Bytes that are no frames, or a handler that threw. */
  broken(error: unknown): void;
  /** Bytes arrived. */
  received(bytes: number): void;
}

/** Frames out of a byte stream, which can be held back: then flow control stops the peer. */
export class FrameInlet {
  private readonly stream: ByteStream;
  private readonly handlers: InletHandlers;
  private readonly decoder: FrameDecoder;
  private readonly held = new HeldFrames();
  private holding = false;
  private releasing = false;
  private remoteEnded = false;
  private stopped = false;

  constructor(stream: ByteStream, maxFrameBytes: number, handlers: InletHandlers) {
    this.stream = stream;
    this.handlers = handlers;
    this.decoder = new FrameDecoder({ maxFrameSize: maxFrameBytes });
    stream.onEnd(() => {
      this.remoteEnded = true;
      if (!this.holding) this.end();
    });
    stream.onReset((code) => {
      if (this.stopped) return;
      this.stop();
      handlers.wasReset(code);
    });
    stream.onData((bytes, start, end) => {
      handlers.received(end - start);
      try {
        this.decoder.push(bytes, start, end, this.take);
      } catch (error) {
        if (!this.stopped) handlers.broken(error);
      }
    });
  }

  /** Delivers nothing more until `release`. */
  hold(): void {
    if (this.holding) return;
    this.holding = true;
    this.stream.pause();
  }

  /** Delivers what was held, then what comes. */
  release(): void {
    if (!this.holding) return;
    this.holding = false;
    if (this.releasing) return;
    this.releasing = true;
    try {
      while (!this.isHeldBack()) {
        const frame = this.held.shift();
        if (frame === undefined) break;
        this.handlers.frame(frame);
      }
    } catch (error) {
      if (!this.stopped) this.handlers.broken(error);
    } finally {
      this.releasing = false;
    }
    if (this.isHeldBack()) return;
    this.stream.resume();
    if (this.remoteEnded) this.end();
  }

  /** Delivers nothing any more. */
  stop(): void {
    this.stopped = true;
    this.held.clear();
  }

  private isHeldBack(): boolean {
    return this.holding || this.stopped;
  }

  private readonly take = (frame: FrameView): void => {
    if (this.stopped) return;
    if (this.holding || this.held.size > 0) this.held.add(frame);
    else this.handlers.frame(frame);
  };

  private end(): void {
    if (this.stopped) return;
    this.stop();
    this.handlers.ended();
  }
}
