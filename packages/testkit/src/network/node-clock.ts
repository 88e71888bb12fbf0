import type { Clock, Timer } from '@macula/core';

/**
 * One simulated process's view of time. While the process is paused (SIGSTOP) its timers are held
 * and all fire when it goes on; once it is killed they never fire.
 */
export class NodeClock implements Clock {
  private readonly base: Clock;
  private readonly timers = new Set<NodeTimer>();
  private held: (() => void)[] = [];
  private state: 'running' | 'paused' | 'killed' = 'running';

  constructor(base: Clock) {
    this.base = base;
  }

  /** Timers of this process that have neither fired nor been cancelled: 0 after everything was stopped. */
  get pendingTimers(): number {
    return this.timers.size;
  }

  now(): number {
    return this.base.now();
  }

  wallTime(): number {
    return this.base.wallTime();
  }

  setTimer(callback: () => void, delayMs: number, options?: { background?: boolean }): Timer {
    const timer = new NodeTimer(this.timers, callback, (due) => {
      this.run(due);
    });
    if (this.state !== 'killed') timer.arm(this.base, delayMs, options);
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
    for (const timer of [...this.timers]) timer.cancel();
  }

  private run(callback: () => void): void {
    if (this.state === 'running') callback();
    else if (this.state === 'paused') this.held.push(callback);
  }
}

class NodeTimer implements Timer {
  private readonly owners: Set<NodeTimer>;
  private readonly run: (callback: () => void) => void;
  private callback: (() => void) | undefined;
  private timer: Timer | undefined;

  constructor(owners: Set<NodeTimer>, callback: () => void, run: (callback: () => void) => void) {
    this.owners = owners;
    this.callback = callback;
    this.run = run;
  }

  arm(base: Clock, delayMs: number, options?: { background?: boolean }): void {
    this.owners.add(this);
    this.timer = base.setTimer(
      () => {
        this.run(this.fire);
      },
      delayMs,
      options,
    );
  }

  cancel(): void {
    this.owners.delete(this);
    this.callback = undefined;
    this.timer?.cancel();
  }

  private readonly fire = (): void => {
    const { callback } = this;
    this.cancel();
    callback?.();
  };
}
