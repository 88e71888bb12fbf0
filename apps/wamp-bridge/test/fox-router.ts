import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url));

/** The router's program; it is installed when it is not there. */
function program(): string {
  const ensure = join(repositoryRoot, 'tools/fox-wamp/ensure-fox-wamp.mjs');
  return execFileSync(process.execPath, [ensure], { encoding: 'utf8' }).trim();
}

/** fox-wamp, an independent WAMP router, in a process of its own. */
export class FoxRouter {
  readonly realm = 'realm1';
  /** Any free one at first, and the same from then on. */
  port = 0;
  #process: ChildProcess | undefined;

  static async start(): Promise<FoxRouter> {
    const router = new FoxRouter();
    await router.restart();
    return router;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/wamp`;
  }

  async restart(): Promise<void> {
    const child = fork(program(), [String(this.port), this.realm], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
    });
    this.#process = child;
    [this.port] = (await once(child, 'message')) as [number];
  }

  /** Ends it as kill -9 does. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}
