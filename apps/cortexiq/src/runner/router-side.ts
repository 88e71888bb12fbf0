import type { Clock } from '@macula/core';
import { topics } from '../messages/names.ts';
import { BridgeProcess } from './bridge-process.ts';
import type { DemoError } from './demo-error.ts';
import type { RouterUrl } from './demo-options.ts';
import { FoxRouter } from './fox-router.ts';

export interface RouterSideDeps {
  readonly clock: Clock;
  /** Node's own flags for the bridge. */
  readonly execArgv: readonly string[];
  /** Something worth a line has happened. */
  note(text: string): void;
  onFailure(error: DemoError): void;
}

/** What homes at a router publish. */
const published = [topics.measured, topics.contractSigned];

/** Where homes are that are clients of a WAMP router: that router, if it is ours to start, and the bridge to the mesh. */
export class RouterSide {
  readonly #deps: RouterSideDeps;
  readonly #at: RouterUrl | 'fox-wamp';
  #router: FoxRouter | undefined;
  #bridge: BridgeProcess | undefined;

  constructor(at: RouterUrl | 'fox-wamp', deps: RouterSideDeps) {
    this.#at = at;
    this.#deps = deps;
  }

  /** Of its processes, in the order in which they start. */
  get names(): string[] {
    return this.#at === 'fox-wamp' ? ['router', 'bridge'] : ['bridge'];
  }

  get processIds(): Record<string, number> {
    const pids = { router: this.#router?.pid, bridge: this.#bridge?.pid };
    return Object.fromEntries(
      this.names.map((name) => [name, pids[name as keyof typeof pids] ?? 0]),
    );
  }

  /** Starts router and bridge; resolves with the router's URL when both are up. */
  async start(
    bootstrap: readonly string[],
    edges: readonly string[],
    signal: AbortSignal,
  ): Promise<string> {
    const { clock, execArgv, note, onFailure } = this.#deps;
    if (this.#at === 'fox-wamp') {
      const onRestart = (): void => note('The router is gone. It is started again.');
      this.#router = new FoxRouter({ clock, onFailure, onRestart });
      await this.#router.start(signal);
    }
    const routerUrl = this.#router?.url ?? this.#at;
    const street = { routerUrl, bootstrap, edges };
    this.#bridge = await BridgeProcess.start(street, { clock, execArgv, onFailure });
    await this.#bridge.up(signal);
    return routerUrl;
  }

  /** Resolves when what homes publish reaches the mesh. */
  async ready(signal: AbortSignal): Promise<void> {
    await this.#bridge?.carries(published, signal);
  }

  /** To be called when nobody uses the router any more. */
  async stop(graceMs: number): Promise<void> {
    await this.#bridge?.stop(graceMs);
    await this.#router?.stop(graceMs);
  }
}
