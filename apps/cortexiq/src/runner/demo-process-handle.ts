import { type ChildProcess, fork } from 'node:child_process';
import { type Clock, withDeadline } from '@macula/core';
import type { Instruction, Report } from '../roles/process-messages.ts';
import type { TrafficCounts } from '../roles/traffic.ts';
import { ownExtension } from './checkout.ts';
import type { DemoError } from './demo-error.ts';
import { WatchedChild } from './watched-child.ts';

export interface DemoProcessEvents {
  /** The process says that it cannot go on, or it ended without being asked to. */
  onFailure(process: DemoProcessHandle, error: DemoError): void;
  /** The process has got on with what it was told. */
  onMoved(): void;
}

/** The runner's side of one process of the demo: starts it, tells it what to do, and knows when it ends. */
export class DemoProcessHandle {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #watched: WatchedChild;
  readonly #clock: Clock;
  readonly #onMoved: () => void;
  readonly #waiting = new Map<Report['type'], (report: Report) => void>();
  #counts: TrafficCounts | undefined;

  /** `execArgv` are Node's own flags for the process. */
  constructor(name: string, execArgv: readonly string[], clock: Clock, events: DemoProcessEvents) {
    this.name = name;
    this.#clock = clock;
    this.#onMoved = () => events.onMoved();
    const entry = new URL(`../roles/child-process${ownExtension}`, import.meta.url);
    this.#child = fork(entry, {
      execArgv: [...execArgv],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#watched = new WatchedChild(name, this.#child, {
      clock,
      onFailure: (error) => events.onFailure(this, error),
    });
    this.#child.on('message', (report: Report) => this.#onReport(report));
  }

  get pid(): number | undefined {
    return this.#watched.pid;
  }

  /** What the process has sent and received, as last reported. */
  get counts(): TrafficCounts | undefined {
    return this.#counts;
  }

  /** Whether it was told something that it has not reported on yet. */
  get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  /** Tells the process something and waits for its report. Throws AbortedError. */
  async tell<Type extends Report['type']>(
    instruction: Instruction,
    answer: Type,
    signal: AbortSignal,
  ): Promise<Extract<Report, { type: Type }>> {
    const reported = new Promise<Report>((resolve) => this.#waiting.set(answer, resolve));
    this.#send(instruction);
    const report = await withDeadline(this.#clock, reported, {
      signal,
      what: `${this.name}: ${instruction.type}`,
    });
    return report as Extract<Report, { type: Type }>;
  }

  /** Asks the process to end, waits so many milliseconds for that, then ends it. */
  stop(graceMs: number): Promise<void> {
    return this.#watched.stop(() => this.#send({ type: 'stop' }), graceMs);
  }

  #send(instruction: Instruction): void {
    // A process that is just ending is noticed by its exit, not here.
    if (this.#child.connected) this.#child.send(instruction, () => undefined);
  }

  #onReport(report: Report): void {
    if (report.type === 'traffic') this.#counts = report.counts;
    else this.#onMoved();
    if (report.type === 'failed') this.#watched.fail(report.message);
    const waiting = this.#waiting.get(report.type);
    this.#waiting.delete(report.type);
    waiting?.(report);
  }
}
