import {
  type Clock,
  LinkCloseCode,
  type LinkCloseReason,
  type LinkState,
  Listeners,
  type Timer,
  type Unsubscribe,
} from '@macula/core';
import { errorOfClose } from '../greeting/close-code.ts';
import type { GreetingResult } from '../greeting/greeting-step.ts';
import { linkChart, type LinkEvent } from './link-machine.ts';

/** Where a link stands in its chart, why it ended, and who waits for either. */
export class LinkLifecycle {
  /** As in ManagedLink. */
  readonly ready: Promise<GreetingResult>;
  /** Read for every frame, so it is kept beside the chart. */
  isOpen = false;
  /** What broke the link on this side, for who waits for `ready`. */
  failure: unknown;
  private readonly clock: Clock;
  private readonly closeListeners = new Listeners<[LinkCloseReason]>();
  private stage = linkChart.initial;
  private ended: LinkCloseReason | undefined;
  private farewell: LinkCloseReason | undefined;
  private timer: Timer | undefined;
  private resolveReady: (result: GreetingResult) => void = () => undefined;
  private rejectReady: (error: unknown) => void = () => undefined;

  constructor(clock: Clock) {
    this.clock = clock;
    this.ready = new Promise((resolve, reject) => {
      this.resolveReady = resolve;
      this.rejectReady = reject;
    });
    // Who does not wait for the link does not want to hear of its failure.
    this.ready.catch(() => undefined);
  }

  get state(): LinkState {
    return this.stage === 'greeting' ? 'early' : this.stage;
  }

  /** Why the link ended; undefined while it lives. */
  get reason(): LinkCloseReason | undefined {
    return this.ended;
  }

  /** The first goodbye, of either side: what the end will be called. */
  get goodbye(): LinkCloseReason | undefined {
    return this.farewell;
  }

  sayGoodbye(reason: LinkCloseReason): void {
    this.farewell ??= reason;
  }

  open(): void {
    this.advance('greeted');
    this.isOpen = true;
  }

  resolve(result: GreetingResult): void {
    this.resolveReady(result);
  }

  /** Begins the graceful end; `expired` is called when it takes longer than `limitMs`. */
  close(limitMs: number, expired: () => void): void {
    this.advance('close');
    this.isOpen = false;
    this.timer = this.clock.setTimer(expired, limitMs);
  }

  /** Enters the final state, once: `release` lets go of everything before anybody hears of it. */
  end(event: LinkEvent['type'], reason: LinkCloseReason, release: () => void): void {
    if (this.ended !== undefined) return;
    this.ended = reason;
    this.isOpen = false;
    this.advance(event);
    this.timer?.cancel();
    release();
    this.rejectReady(this.failure ?? errorOfClose(reason));
    this.closeListeners.emit(reason);
    this.closeListeners.clear();
  }

  /** What the end of the connection means for the link. */
  endOfConnection(end: {
    code: number | undefined;
    message: string;
    remote: boolean;
  }): LinkCloseReason {
    return (
      this.farewell ?? {
        code: end.code ?? LinkCloseCode.silent,
        message: end.message,
        remote: end.remote,
      }
    );
  }

  onClose(listener: (reason: LinkCloseReason) => void): Unsubscribe {
    if (this.ended === undefined) return this.closeListeners.add(listener);
    listener(this.ended);
    return () => undefined;
  }

  private advance(event: LinkEvent['type']): void {
    this.stage = linkChart.next(this.stage, event);
  }
}
