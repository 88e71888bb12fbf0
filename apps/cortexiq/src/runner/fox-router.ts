import { execFile, fork } from 'node:child_process';
import { promisify } from 'node:util';
import { type Clock, withDeadline } from '@macula/core';
import { routerRealm } from '../messages/names.ts';
import { inCheckout } from './checkout.ts';
import type { DemoError } from './demo-error.ts';
import { WatchedChild } from './watched-child.ts';

/** How long the router may take to be installed, when it is not there yet, and to be up, milliseconds. */
const installTimeout = 600_000;
const startTimeout = 60_000;

export interface FoxRouterDeps {
  readonly clock: Clock;
  /** The router has gone, and is being started again. */
  onRestart(): void;
  /** The router does not come up. */
  onFailure(error: DemoError): void;
}

/** fox-wamp, a WAMP router that has nothing to do with the mesh. As a service's supervisor would, starts it again when it goes. */
export class FoxRouter {
  readonly #deps: FoxRouterDeps;
  #program = '';
  #port = 0;
  #isUp = false;
  #child: WatchedChild | undefined;
  #ask: () => void = () => undefined;

  constructor(deps: FoxRouterDeps) {
    this.#deps = deps;
  }

  /** Installs the router when that has not been done. Throws UnfitOptionError outside a checkout of the repository. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    this.#program = await installed(clock, signal);
    const limits = { timeout: startTimeout, signal, what: 'starting fox-wamp' };
    await withDeadline(clock, this.#run(), limits);
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}/ws`;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async stop(graceMs: number): Promise<void> {
    await this.#child?.stop(this.#ask, graceMs);
  }

  /** Resolves when it listens; at the same port as the time before. */
  #run(): Promise<void> {
    // A group of its own: Ctrl-C is for the runner, which ends it after those who use it. The channel's end ends it, too.
    const child = fork(this.#program, [String(this.#port), routerRealm], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      detached: true,
    });
    this.#ask = () => child.kill();
    this.#child = new WatchedChild('router', child, {
      clock: this.#deps.clock,
      onFailure: (error) => this.#onGone(error),
    });
    return new Promise((resolve) => {
      child.once('message', (port: number) => {
        this.#port = port;
        this.#isUp = true;
        resolve();
      });
    });
  }

  #onGone(error: DemoError): void {
    if (!this.#isUp) {
      this.#deps.onFailure(error);
      return;
    }
    this.#isUp = false;
    this.#deps.onRestart();
    void this.#run();
  }
}

/** The router's program. Not killed when the demo is: half an installation would be in the next one's way. */
async function installed(clock: Clock, signal: AbortSignal): Promise<string> {
  const ensure = await inCheckout('tools/fox-wamp/ensure-fox-wamp.mjs');
  const installing = promisify(execFile)(process.execPath, [ensure]);
  const limits = { timeout: installTimeout, signal, what: 'installing fox-wamp' };
  return (await withDeadline(clock, installing, limits)).stdout.trim();
}
