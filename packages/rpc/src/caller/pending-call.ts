import type { Timer } from '@macula/core';
import { CallFlag, type CallOptions } from '../call-options.ts';
import { Expiring } from '../deadline-list.ts';
import type { Route } from '../resolve/route.ts';
import type { Callee } from './callee.ts';
import type { OutgoingCalls } from './outgoing-calls.ts';

/** Who is told when a call ends from the caller's side. */
export interface CallOwner {
  timedOut(call: PendingCall): void;
  aborted(call: PendingCall): void;
  /** The call itself cannot be made, by whomever: no callee is to blame. */
  unsendable(call: PendingCall, error: unknown): void;
}

/** The one record of a call that has not settled: waiting, sent, or about to be made again. */
export class PendingCall extends Expiring {
  readonly owner: CallOwner;
  readonly options: CallOptions;
  readonly started: number;
  readonly flags: number;
  route: Route;
  /** The arguments until they are encoded. */
  value: unknown;
  /** The encoded arguments, kept when they may have to be sent later or again. */
  body: Uint8Array | undefined = undefined;
  /** The callee that was chosen last. */
  callee: Callee | undefined = undefined;
  /** Where the call is in flight, under which number. */
  calls: OutgoingCalls | undefined = undefined;
  id = 0;
  /** Callees that failed this call. */
  tried: Callee[] | undefined = undefined;
  /** How many times it has been made again. */
  retries = 0;
  /** Runs until the next attempt. */
  retryTimer: Timer | undefined = undefined;
  settled = false;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    owner: CallOwner,
    route: Route,
    value: unknown,
    options: CallOptions,
    started: number,
    timeout: number,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    super();
    this.owner = owner;
    this.route = route;
    this.value = value;
    this.options = options;
    this.started = started;
    this.deadline = started + timeout;
    this.flags =
      (options.onProgress === undefined ? 0 : CallFlag.progress) |
      (options.idempotent === true ? CallFlag.idempotent : 0) |
      (options.discloseMe === true ? CallFlag.disclosed : 0);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get idempotent(): boolean {
    return (this.flags & CallFlag.idempotent) !== 0;
  }

  resolve(value: unknown): void {
    this.#settle();
    this.#resolve(value);
  }

  reject(error: unknown): void {
    this.#settle();
    this.#reject(error);
  }

  override expire(): void {
    this.owner.timedOut(this);
  }

  /** The AbortSignal calls this: an object as listener spares a closure per call. */
  handleEvent(): void {
    this.owner.aborted(this);
  }

  /** A sent call stays in its slot until the callee has answered, so it must not hold on to payloads. */
  #settle(): void {
    this.settled = true;
    this.value = undefined;
    this.body = undefined;
    this.tried = undefined;
    this.retryTimer?.cancel();
    this.options.signal?.removeEventListener('abort', this);
  }
}
