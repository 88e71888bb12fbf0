import type { AbortSource } from '../mesh-port.ts';

/** Ends one call of the mesh. An AbortController for each would cost half a microsecond and garbage. */
export class CallAbort implements AbortSource {
  readonly reason = undefined;
  #aborted = false;
  #listener: { handleEvent(): void } | undefined;

  get aborted(): boolean {
    return this.#aborted;
  }

  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#listener?.handleEvent();
  }

  addEventListener(_type: 'abort', listener: { handleEvent(): void }): void {
    this.#listener = listener;
  }

  removeEventListener(): void {
    this.#listener = undefined;
  }
}
