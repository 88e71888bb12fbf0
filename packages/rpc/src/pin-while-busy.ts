import type { NodeId, Timer, Unsubscribe } from '@macula/core';
import type { RpcContext } from './rpc-context.ts';

/** How often a pinned link is looked at, in milliseconds; far below what links idle for. */
const reviewMs = 20_000;

/**
 * Keeps a link from being closed as idle while a call takes its time. Calls are many and short: pinning for each would
 * cost more than the call, so a pin stays until a look at the link, now and then, finds it unused.
 */
export class PinWhileBusy {
  readonly #context: RpcContext;
  readonly #peer: NodeId;
  readonly #isBusy: () => boolean;
  #unpin: Unsubscribe | undefined;
  #timer: Timer | undefined;

  constructor(context: RpcContext, peer: NodeId, isBusy: () => boolean) {
    this.#context = context;
    this.#peer = peer;
    this.#isBusy = isBusy;
  }

  /** Something is under way. */
  touch(): void {
    if (this.#unpin !== undefined) return;
    this.#unpin = this.#context.pin(this.#peer);
    this.#review();
  }

  release(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#unpin?.();
    this.#unpin = undefined;
  }

  #review(): void {
    this.#timer = this.#context.clock.setTimer(
      () => {
        if (this.#isBusy()) this.#review();
        else this.release();
      },
      reviewMs,
      { background: true },
    );
  }
}
