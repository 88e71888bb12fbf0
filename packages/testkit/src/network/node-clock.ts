import type { Clock, Timer } from '@macula/core';

/**
 * One simulated process's view of time. While the process is paused (SIGSTOP) its timers are held
 * and all fire when it goes on; once it is killed they never fire.
 */
export class NodeClock implements Clock {
  private readonly base: Clock;
  /** Head of a circular list of the timers that are pending. */
  private readonly timers: NodeTimer = new NodeTimer(this, undefined);
  private pending = 0;
  private held: (() => void)[] = [];
  private state: 'running' | 'paused' | 'killed' = 'running';

  constructor(base: Clock) {
    this.base = base;
  }

  /** Timers of this process that have neither fired nor been cancelled: 0 after everything was stopped. */
  get pendingTimers(): number {
    return this.pending;
  }

  get running(): boolean {
    return this.state === 'running';
  }

  now(): number {
    return this.base.now();
  }

  wallTime(): number {
    return this.base.wallTime();
  }

  setTimer(callback: () => void, delayMs: number, options?: { background?: boolean }): Timer {
    const timer = new NodeTimer(this, callback);
    if (this.state === 'killed') return timer;
    this.pending++;
    timer.insertBefore(this.timers);
    timer.timer = this.base.setTimer(timer.due, delayMs, options);
    return timer;
  }

  defer(callback: () => void): void {
    this.base.defer(() => {
      this.run(callback);
    });
  }

  pause(): void {
    if (this.state === 'running') this.state = 'paused';
  }

  resume(): void {
    if (this.state !== 'paused') return;
    this.state = 'running';
    const { held } = this;
    this.held = [];
    for (const callback of held) this.defer(callback);
  }

  /** Forgets every timer, for ever. */
  kill(): void {
    this.state = 'killed';
    this.held = [];
    while (this.timers.next !== this.timers) this.timers.next.cancel();
  }

  /** Runs `callback` now, or when the process goes on. */
  run(callback: () => void): void {
    if (this.state === 'running') callback();
    else if (this.state === 'paused') this.held.push(callback);
  }

  /** Called by a timer that has fired or was cancelled. */
  forget(): void {
    this.pending--;
  }
}

/** A timer of a process: a node of its clock's list of pending timers. */
class NodeTimer implements Timer {
  timer: Timer | undefined;
  next: NodeTimer = this;
  private previous: NodeTimer = this;
  private readonly clock: NodeClock;
  private callback: (() => void) | undefined;

  constructor(clock: NodeClock, callback: (() => void) | undefined) {
    this.clock = clock;
    this.callback = callback;
  }

  readonly due = (): void => {
    if (this.clock.running) this.fire();
    else this.clock.run(() => this.fire());
  };

  insertBefore(successor: NodeTimer): void {
    this.previous = successor.previous;
    this.next = successor;
    successor.previous.next = this;
    successor.previous = this;
  }

  cancel(): void {
    if (this.next !== this) {
      this.previous.next = this.next;
      this.next.previous = this.previous;
      this.next = this;
      this.previous = this;
      this.clock.forget();
    }
    this.callback = undefined;
    this.timer?.cancel();
  }

  private fire(): void {
    const { callback } = this;
    this.cancel();
    callback?.();
  }
}
