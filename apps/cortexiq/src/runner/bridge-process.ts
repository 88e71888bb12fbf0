import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Clock, pause, withDeadline } from '@macula/core';
import { z } from 'zod';
import { type BridgedStreet, bridgeConfig } from './bridge-config.ts';
import { inCheckout, ownExtension } from './checkout.ts';
import type { DemoError } from './demo-error.ts';
import { WatchedChild } from './watched-child.ts';

const startTimeout = 180_000;
/** How long the bridge may take to find what it has to carry, milliseconds; and how often it is asked. */
const readyTimeout = 60_000;
const askEveryMs = 100;

/** What the bridge prints when it is up, and a part of what it tells of its health. */
const announcement = z.object({ http: z.url() });
const bridgeHealth = z.object({
  status: z.string(),
  toMesh: z.object({ topics: z.array(z.string()) }),
});

export interface BridgeProcessDeps {
  readonly clock: Clock;
  /** Node's own flags for the process. */
  readonly execArgv: readonly string[];
  onFailure(error: DemoError): void;
}

/** The WAMP bridge as anybody runs it: its command, with a configuration file. */
export class BridgeProcess {
  readonly #clock: Clock;
  readonly #child: ChildProcess;
  readonly #watched: WatchedChild;
  readonly #folder: string;
  #http = '';

  private constructor(
    child: ChildProcess,
    folder: string,
    { clock, onFailure }: BridgeProcessDeps,
  ) {
    this.#clock = clock;
    this.#child = child;
    this.#folder = folder;
    this.#watched = new WatchedChild('bridge', child, { clock, onFailure });
  }

  /** Forks the command; `joined` tells when it is up. Throws UnfitOptionError outside a checkout of the repository. */
  static async start(street: BridgedStreet, deps: BridgeProcessDeps): Promise<BridgeProcess> {
    const built = ownExtension === '.ts' ? 'src/main.ts' : 'dist/main.js';
    const program = await inCheckout(`apps/wamp-bridge/${built}`);
    const folder = await mkdtemp(join(tmpdir(), 'cortexiq-bridge-'));
    const file = join(folder, 'bridge.json');
    await writeFile(file, JSON.stringify(bridgeConfig(street), null, 2));
    const ending = new URL(`./end-with-parent${ownExtension}`, import.meta.url);
    // A group of its own: Ctrl-C is for the runner, which lets those who use the bridge go first.
    const child = fork(program, ['--config', file, '--json', '--log-level', 'error'], {
      execArgv: [...deps.execArgv, '--import', ending.href],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { PATH: process.env['PATH'] },
      detached: true,
    });
    return new BridgeProcess(child, folder, deps);
  }

  get pid(): number | undefined {
    return this.#watched.pid;
  }

  /** Resolves when the bridge says that it is up. Throws TimeoutError or AbortedError. */
  async up(signal: AbortSignal): Promise<void> {
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    const limits = { timeout: startTimeout, signal, what: 'starting the bridge' };
    const [line] = (await withDeadline(this.#clock, once(lines, 'line'), limits)) as [string];
    this.#http = announcement.parse(JSON.parse(line)).http;
  }

  /** Resolves when the bridge takes these topics from the router to the mesh. Throws TimeoutError or AbortedError. */
  async carries(topics: readonly string[], signal: AbortSignal): Promise<void> {
    const asking = async (ended: AbortSignal): Promise<void> => {
      while (!ended.aborted) {
        const health = await this.#health(ended);
        const carried = health?.status === 'connected' ? health.toMesh.topics : [];
        if (topics.every((topic) => carried.includes(topic))) return;
        await pause(this.#clock, askEveryMs, ended);
      }
    };
    const what = `the bridge's carrying ${topics.join(' and ')}`;
    await withDeadline(this.#clock, asking, { timeout: readyTimeout, signal, what });
  }

  /** Undefined when there is no answer: the process's end, if that is why, is noticed elsewhere. */
  async #health(signal: AbortSignal): Promise<z.infer<typeof bridgeHealth> | undefined> {
    try {
      const answer = await fetch(`${this.#http}/health`, { signal });
      return bridgeHealth.parse(await answer.json());
    } catch {
      return undefined;
    }
  }

  async stop(graceMs: number): Promise<void> {
    await this.#watched.stop(() => this.#child.kill(), graceMs);
    await rm(this.#folder, { recursive: true, force: true });
  }
}
