import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BridgeHealth } from '../src/observe/bridge-health.ts';
import { repositoryRoot } from './fox-router.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** What Node needs to run programs from their sources. */
export const fromSource = [
  '--conditions=@macula/source',
  '--import',
  join(repositoryRoot, 'tools/typescript-loader.mjs'),
];

/** The bridge's program in a process of its own. */
export class BridgeProcess {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #http: string;

  private constructor(child: ChildProcess, folder: string, http: string) {
    this.#child = child;
    this.#folder = folder;
    this.#http = http;
  }

  /** Resolves when it is up; `config` is what its file holds. */
  static async start(config: object): Promise<BridgeProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'macula-wamp-bridge-'));
    const file = join(folder, 'bridge.yaml');
    await writeFile(file, JSON.stringify(config));
    const child = spawn(
      process.execPath,
      [...fromSource, main, '--config', file, '--json', '--log-level', 'error'],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'] } },
    );
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const [line] = (await once(lines, 'line')) as [string];
    return new BridgeProcess(child, folder, (JSON.parse(line) as { http: string }).http);
  }

  async health(): Promise<BridgeHealth> {
    return (await (await fetch(`${this.#http}/health`)).json()) as BridgeHealth;
  }

  /** Ends it as kill -9 does. Idempotent. */
  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
