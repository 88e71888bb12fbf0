import type { ChildProcess } from 'node:child_process';
import type { Clock } from '@macula/core';
import { DemoError } from './demo-error.ts';

/** How much of what a process wrote to stderr is kept for the error message, in characters. */
const keptStderr = 2_000;

/** A process that the runner has started: it knows why it ended, and ends it. */
export class WatchedChild {
  readonly name: string;
  readonly pid: number | undefined;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #onFailure: (error: DemoError) => void;
  #stderr = '';
  #stopping = false;

  /** `onFailure` is called when the process ends without having been asked to. */
  constructor(
    name: string,
    child: ChildProcess,
    { clock, onFailure }: { readonly clock: Clock; onFailure(error: DemoError): void },
  ) {
    this.name = name;
    this.#clock = clock;
    this.#onFailure = onFailure;
    this.#child = child;
    this.pid = child.pid;
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        resolve();
        this.#onExit(code, signal);
      });
      child.once('error', (error) => {
        resolve();
        this.fail(`could not be started: ${error.message}`, error);
      });
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-keptStderr);
    });
  }

  /** Asks the process to end, waits so many milliseconds for that, then ends it. */
  async stop(ask: () => void, graceMs: number): Promise<void> {
    this.#stopping = true;
    ask();
    const timer = this.#clock.setTimer(() => this.#child.kill('SIGKILL'), graceMs);
    await this.ended;
    timer.cancel();
  }

  /** The process cannot go on. */
  fail(message: string, cause?: unknown): void {
    if (this.#stopping) return;
    this.#onFailure(
      new DemoError(`${this.name} (process ${this.pid ?? '?'}): ${message}`, { cause }),
    );
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    const how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
    const said = this.#stderr.trim();
    this.fail(`${how}${said === '' ? '' : `; it said:\n${said}`}`);
  }
}
