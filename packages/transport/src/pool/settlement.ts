/** A promise that is settled from outside, once. A rejection that nobody waits for is no error. */
export class Settlement<T> {
  readonly promise: Promise<T>;
  private done = false;
  private settleWith: { resolve: (value: T) => void; reject: (error: unknown) => void };

  constructor() {
    let settleWith: typeof this.settleWith | undefined;
    this.promise = new Promise((resolve, reject) => {
      settleWith = { resolve, reject };
    });
    this.settleWith = settleWith as unknown as typeof this.settleWith;
    this.promise.catch(() => undefined);
  }

  get settled(): boolean {
    return this.done;
  }

  resolve(value: T): void {
    this.done = true;
    this.settleWith.resolve(value);
  }

  reject(error: unknown): void {
    this.done = true;
    this.settleWith.reject(error);
  }
}
