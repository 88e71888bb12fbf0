import type { EncodedFrame, Unsubscribe } from '@macula/core';
import type { CallLink } from '../call-link.ts';
import { copyFrame } from '../frame-copy.ts';
import type { Invocation } from './invocation.ts';

/** Bytes of answers that may wait for one link. */
const maxBytes = 16 * 1024 * 1024;

/** A copied frame that waits, and for progressive results who waits with it. */
interface WaitingAnswer extends EncodedFrame {
  readonly invocation: Invocation | undefined;
  readonly sent: (() => void) | undefined;
  readonly dropped: ((error: Error) => void) | undefined;
}

/** Answers that a link had no room for, in order. */
export class Outbox {
  readonly #link: CallLink;
  #waiting: WaitingAnswer[] = [];
  #bytes = 0;
  #stopDrain: Unsubscribe | undefined;

  constructor(link: CallLink) {
    this.#link = link;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Whether so many bytes more may wait. */
  hasRoomFor(frame: EncodedFrame): boolean {
    return this.#bytes + frame.end - frame.start <= maxBytes;
  }

  /** Sends the frame if nothing waits and the link takes it. */
  sendNow(frame: EncodedFrame): boolean {
    return this.#waiting.length === 0 && this.#link.send(frame);
  }

  /** Keeps a copy until the link has room. */
  enqueue(frame: EncodedFrame): void {
    this.#push(frame, undefined, undefined, undefined);
  }

  /** Keeps a copy of an invocation's progressive result; resolves when it has left. */
  enqueueProgress(frame: EncodedFrame, invocation: Invocation): Promise<void> {
    return new Promise((resolve, reject) => this.#push(frame, invocation, resolve, reject));
  }

  /** Drops everything: the link is gone. */
  close(error: Error): void {
    this.#stopDrain?.();
    this.#stopDrain = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    for (const answer of waiting) answer.dropped?.(error);
  }

  #push(
    frame: EncodedFrame,
    invocation: Invocation | undefined,
    sent: (() => void) | undefined,
    dropped: ((error: Error) => void) | undefined,
  ): void {
    const bytes = copyFrame(frame);
    this.#bytes += bytes.length;
    this.#waiting.push({
      kind: frame.kind,
      bytes,
      start: 0,
      end: bytes.length,
      invocation,
      sent,
      dropped,
    });
    this.#stopDrain ??= this.#link.onDrain('calls', () => this.#flush());
  }

  #flush(): void {
    let done = 0;
    for (const answer of this.#waiting) {
      const reason = answer.invocation?.abortReason;
      // Progress of a call that was cut short is not wanted any more.
      if (reason !== undefined) answer.dropped?.(reason);
      else if (this.#link.send(answer)) answer.sent?.();
      else break;
      this.#bytes -= answer.end;
      done++;
    }
    this.#waiting.splice(0, done);
  }
}
