/** What may wait for the reader before the sender is stopped, as it may open hundreds of streams; and what, when it goes on. */
const highWater = { items: 32, bytes: 256 * 1024 };
const lowWater = { items: 8, bytes: 64 * 1024 };

interface Waiting {
  readonly item: unknown;
  /** Bytes that it took on the wire. */
  readonly size: number;
}

interface Reader {
  resolve(result: IteratorResult<unknown, undefined>): void;
  reject(error: Error): void;
}

/** Received items until they are read; stops the stream while many are waiting. */
export class ItemQueue implements AsyncIterableIterator<unknown, undefined> {
  readonly #flow: { pause(): void; resume(): void };
  readonly #readers: Reader[] = [];
  #items: Waiting[] = [];
  #bytes = 0;
  #paused = false;
  #finished = false;
  #error: Error | undefined;

  constructor(flow: { pause(): void; resume(): void }) {
    this.#flow = flow;
  }

  push(item: unknown, size: number): void {
    if (this.#finished) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ value: item, done: false });
      return;
    }
    this.#items.push({ item, size });
    this.#bytes += size;
    const isFull = this.#items.length >= highWater.items || this.#bytes >= highWater.bytes;
    if (!isFull || this.#paused) return;
    this.#paused = true;
    this.#flow.pause();
  }

  /** No more items. With an error those that are waiting are dropped, and the next read throws it. */
  finish(error?: Error): void {
    if (this.#finished) return;
    this.#finished = true;
    const readers = this.#readers.splice(0);
    if (error !== undefined) {
      this.#drop();
      this.#error = error;
    }
    for (const reader of readers) void this.next().then(reader.resolve, reader.reject);
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    const next = this.#items.shift();
    if (next !== undefined) {
      this.#bytes -= next.size;
      if (this.#items.length <= lowWater.items && this.#bytes <= lowWater.bytes) this.#resume();
      return Promise.resolve({ value: next.item, done: false });
    }
    if (this.#error !== undefined) {
      const error = this.#error;
      this.#error = undefined;
      return Promise.reject(error);
    }
    if (this.#finished) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  /** The reader has seen enough: what still comes is dropped, so that the stream can go on to its result. */
  return(): Promise<IteratorResult<unknown, undefined>> {
    this.#finished = true;
    this.#drop();
    this.#error = undefined;
    this.#resume();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #drop(): void {
    this.#items = [];
    this.#bytes = 0;
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#flow.resume();
  }
}
