/** Items that may wait for the reader before the sender is stopped. */
const highWater = 32;
const lowWater = 8;

interface Reader {
  resolve(result: IteratorResult<unknown, undefined>): void;
  reject(error: Error): void;
}

/** Received items until they are read; stops the stream while many are waiting. */
export class ItemQueue implements AsyncIterableIterator<unknown, undefined> {
  readonly #flow: { pause(): void; resume(): void };
  readonly #readers: Reader[] = [];
  #items: unknown[] = [];
  #paused = false;
  #finished = false;
  #error: Error | undefined;

  constructor(flow: { pause(): void; resume(): void }) {
    this.#flow = flow;
  }

  push(item: unknown): void {
    if (this.#finished) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ value: item, done: false });
      return;
    }
    this.#items.push(item);
    if (this.#items.length >= highWater && !this.#paused) {
      this.#paused = true;
      this.#flow.pause();
    }
  }

  /** No more items. With an error those that are waiting are dropped, and the next read throws it. */
  finish(error?: Error): void {
    if (this.#finished) return;
    this.#finished = true;
    const readers = this.#readers.splice(0);
    if (error !== undefined) {
      this.#items = [];
      this.#error = error;
    }
    for (const reader of readers) void this.next().then(reader.resolve, reader.reject);
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#items.length > 0) {
      const value = this.#items.shift();
      if (this.#paused && this.#items.length <= lowWater) this.#resume();
      return Promise.resolve({ value, done: false });
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
    this.#items = [];
    this.#error = undefined;
    this.#resume();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#flow.resume();
  }
}
