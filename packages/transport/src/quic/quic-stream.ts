import type { ByteStream } from '../connection.ts';
import type { QuicheConnection } from './binding.ts';

/** What a stream needs of its connection. */
export interface StreamOwner {
  readonly quiche: QuicheConnection;
  readonly shutdown: { readonly Read: number; readonly Write: number };
  /** Buffer that every read of the endpoint goes through. */
  readonly readBuffer: Buffer;
  /** Bytes went out or in: packets will be due. */
  wrote(bytes: number): void;
  /** Calls `becameWritable` when flow control gives room again. */
  awaitWritable(stream: QuicStream): void;
  /** Reads again before the turn ends. */
  awaitRead(stream: QuicStream): void;
  /** Both directions are over. */
  forget(stream: QuicStream): void;
}

const nothing = Buffer.alloc(0);

/** One bidirectional QUIC stream. */
export class QuicStream implements ByteStream {
  readonly id: number;
  private readonly owner: StreamOwner;
  private paused = false;
  private receiving = true;
  private sending = true;
  private endWanted = false;
  private dataListener: ((bytes: Uint8Array, start: number, end: number) => void) | undefined;
  private writableListener: (() => void) | undefined;
  private endListener: (() => void) | undefined;
  private resetListener: ((code: number | undefined) => void) | undefined;

  constructor(owner: StreamOwner, id: number) {
    this.owner = owner;
    this.id = id;
  }

  write(bytes: Uint8Array, start: number, end: number): number {
    if (!this.sending || this.endWanted) return 0;
    const written = this.sendNow(
      start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end),
      false,
    );
    if (written < end - start) this.owner.awaitWritable(this);
    return written;
  }

  onWritable(listener: () => void): void {
    this.writableListener = listener;
  }

  onData(listener: (bytes: Uint8Array, start: number, end: number) => void): void {
    this.dataListener = listener;
    // What came before anybody listened waits in QUIC's own, flow-controlled buffer.
    if (this.receiving) this.owner.awaitRead(this);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    if (this.receiving) this.owner.awaitRead(this);
  }

  end(): void {
    if (!this.sending || this.endWanted) return;
    this.endWanted = true;
    this.sendEnd();
  }

  reset(code: number): void {
    if (this.sending) this.stop(this.owner.shutdown.Write, code);
    if (this.receiving) this.stop(this.owner.shutdown.Read, code);
    this.sending = false;
    this.receiving = false;
    this.owner.wrote(0);
    this.owner.forget(this);
  }

  onEnd(listener: () => void): void {
    this.endListener = listener;
  }

  onReset(listener: (code: number | undefined) => void): void {
    this.resetListener = listener;
  }

  /** Delivers what has arrived. Returns the number of bytes. */
  read(): number {
    const { quiche, readBuffer } = this.owner;
    if (this.paused || this.dataListener === undefined) this.findEnd();
    let total = 0;
    while (this.receiving && !this.paused && this.dataListener !== undefined) {
      let result: [number, boolean] | null;
      try {
        result = quiche.streamRecv(this.id, readBuffer);
      } catch (error) {
        const message = (error as Error).message;
        if (message !== 'Done') this.remoteReset(message);
        break;
      }
      if (result === null) break;
      const length = result[0];
      total += length;
      if (length > 0) this.dataListener(readBuffer, 0, length);
      if (result[1]) this.remoteEnd();
      else if (length < readBuffer.length && !quiche.streamReadable(this.id)) break;
    }
    return total;
  }

  /** Only reading tells of a reset; of a stream that is held back nothing is read, so nothing of it is lost. */
  private findEnd(): void {
    if (!this.receiving) return;
    try {
      if (this.owner.quiche.streamRecv(this.id, nothing)?.[1] === true) this.remoteEnd();
    } catch (error) {
      const { message } = error as Error;
      if (message !== 'Done') this.remoteReset(message);
    }
  }

  /** Flow control gave room. */
  becameWritable(): void {
    if (!this.sending) return;
    if (this.endWanted) this.sendEnd();
    else this.writableListener?.();
  }

  /** True when more can be written than when it was refused. */
  hasRoom(): boolean {
    if (!this.sending || this.endWanted) return true;
    try {
      return this.owner.quiche.streamCapacity(this.id) > 0;
    } catch {
      // The peer stopped the stream: writing finds out why.
      return true;
    }
  }

  /** The connection is gone. */
  connectionLost(): void {
    if (!this.sending && !this.receiving) return;
    this.sending = false;
    this.receiving = false;
    this.resetListener?.(undefined);
  }

  private sendNow(bytes: Uint8Array, fin: boolean): number {
    try {
      const written = this.owner.quiche.streamSend(this.id, bytes, fin) ?? 0;
      this.owner.wrote(written);
      return written;
    } catch (error) {
      const message = (error as Error).message;
      if (message !== 'Done') this.remoteReset(message);
      return 0;
    }
  }

  private sendEnd(): void {
    try {
      this.owner.quiche.streamSend(this.id, nothing, true);
    } catch (error) {
      const message = (error as Error).message;
      if (message === 'Done') this.owner.awaitWritable(this);
      else this.remoteReset(message);
      return;
    }
    this.owner.wrote(0);
    this.sending = false;
    this.forgetWhenOver();
  }

  private remoteEnd(): void {
    this.receiving = false;
    this.endListener?.();
    this.forgetWhenOver();
  }

  /** `StreamReset(code)` while reading, `StreamStopped(code)` while writing: either way the peer gave the stream up. */
  private remoteReset(message: string): void {
    if (!this.sending && !this.receiving) return;
    const code = /\((\d+)\)/.exec(message)?.[1];
    const listener = this.resetListener;
    this.reset(code === undefined ? 0 : Number(code));
    listener?.(code === undefined ? 0 : Number(code));
  }

  private forgetWhenOver(): void {
    if (!this.sending && !this.receiving) this.owner.forget(this);
  }

  private stop(direction: number, code: number): void {
    try {
      this.owner.quiche.streamShutdown(this.id, direction, code);
    } catch {
      // That direction is over already.
    }
  }
}
