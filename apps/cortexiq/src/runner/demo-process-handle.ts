import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, withDeadline } from '@macula/core';
import type { Instruction, Report } from '../roles/process-messages.ts';
import type { TrafficCounts } from '../roles/traffic.ts';
import { DemoError } from './demo-error.ts';

/** How much of what a process wrote to stderr is kept for the error message, in characters. */
const keptStderr = 2_000;

export interface DemoProcessEvents {
  /** The process says that it cannot go on, or it ended without being asked to. */
  onFailure(process: DemoProcessHandle, error: DemoError): void;
}

/** The runner's side of one process: starts it, tells it what to do, and knows when it ends. */
export class DemoProcessHandle {
  readonly name: string;
  readonly pid: number | undefined;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #events: DemoProcessEvents;
  readonly #waiting = new Map<Report['type'], (report: Report) => void>();
  #stderr = '';
  #stopping = false;
  #counts: TrafficCounts | undefined;

  /** `execArgv` are Node's own flags for the process. */
  constructor(name: string, execArgv: readonly string[], clock: Clock, events: DemoProcessEvents) {
    this.name = name;
    this.#clock = clock;
    this.#events = events;
    // Run from sources this is a .ts file, built a .js one, and so is its neighbour.
    const entry = new URL(
      `../roles/child-process${extname(fileURLToPath(import.meta.url))}`,
      import.meta.url,
    );
    this.#child = fork(entry, {
      execArgv: [...execArgv],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.pid = this.#child.pid;
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        resolve();
        this.#onExit(code, signal);
      });
      this.#child.once('error', (error) => {
        resolve();
        this.#fail(`could not be started: ${error.message}`, error);
      });
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-keptStderr);
    });
    this.#child.on('message', (report: Report) => this.#onReport(report));
  }

  /** What the process has sent and received, as last reported. */
  get counts(): TrafficCounts | undefined {
    return this.#counts;
  }

  /** Tells the process something and waits for its report. Throws TimeoutError or AbortedError. */
  async tell<Type extends Report['type']>(
    instruction: Instruction,
    answer: Type,
    options: { readonly timeout?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Extract<Report, { type: Type }>> {
    const reported = new Promise<Report>((resolve) => this.#waiting.set(answer, resolve));
    this.#send(instruction);
    const report = await withDeadline(this.#clock, reported, {
      ...options,
      what: `${this.name}: ${instruction.type}`,
    });
    return report as Extract<Report, { type: Type }>;
  }

  /** Asks the process to end, waits so many milliseconds for that, then ends it. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#send({ type: 'stop' });
    const timer = this.#clock.setTimer(() => this.#child.kill('SIGKILL'), graceMs);
    await this.ended;
    timer.cancel();
  }

  #send(instruction: Instruction): void {
    // A process that is just ending is noticed by its exit, not here.
    if (this.#child.connected) this.#child.send(instruction, () => undefined);
  }

  #onReport(report: Report): void {
    if (report.type === 'traffic') this.#counts = report.counts;
    if (report.type === 'failed') this.#fail(report.message);
    const waiting = this.#waiting.get(report.type);
    this.#waiting.delete(report.type);
    waiting?.(report);
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    const how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
    const said = this.#stderr.trim();
    this.#fail(`${how}${said === '' ? '' : `; it said:\n${said}`}`);
  }

  #fail(message: string, cause?: unknown): void {
    if (this.#stopping) return;
    const error = new DemoError(`${this.name} (process ${this.pid ?? '?'}): ${message}`, { cause });
    this.#events.onFailure(this, error);
  }
}
