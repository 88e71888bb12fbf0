import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@macula/core';
import type { NodeOptions } from '../../src/node-options.ts';
import type { Commands, ProcessReport } from './working-node.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const loader = new URL('tools/typescript-loader.mjs', `file://${root}`).href;
const script = fileURLToPath(new URL('./working-node.ts', import.meta.url));

/** Longest time that a process may take for what it is asked, in milliseconds. */
const patience = 40_000;

type Argument<K extends keyof Commands> = Parameters<Commands[K]> extends [infer A] ? [A] : [];
type Answer<K extends keyof Commands> = Awaited<ReturnType<Commands[K]>>;

/** Resolves when `holds` gives something true; looks every 20 ms. */
export async function eventually<T>(
  what: string,
  holds: () => T | Promise<T>,
  timeout = 20_000,
): Promise<NonNullable<T>> {
  const end = systemClock.now() + timeout;
  for (;;) {
    const value = await holds();
    if (value) return value;
    if (systemClock.now() > end) throw new Error(`${what}: not so after ${timeout} ms`);
    await new Promise<void>((resolve) => systemClock.setTimer(resolve, 20));
  }
}

/** An operating system's process with a node; see working-node.ts. */
export class WorkingNode {
  readonly name: string;
  readonly child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals | null>;
  #id = '';
  #addresses: readonly string[] = [];
  #lastId = 0;
  readonly #waiting = new Map<number, (message: { value?: unknown; error?: string }) => void>();

  private constructor(name: string, options: NodeOptions, execArgv: readonly string[]) {
    this.name = name;
    this.child = fork(script, [name, JSON.stringify(options)], {
      cwd: root,
      execArgv: ['--conditions=@macula/source', '--import', loader, ...execArgv],
      env: { PATH: process.env['PATH'] },
    });
    this.ended = new Promise((resolve) =>
      this.child.once('exit', (code, signal) => {
        for (const answer of this.#waiting.values()) answer({ error: `ended: ${signal ?? code}` });
        resolve(signal ?? code);
      }),
    );
    this.child.on('message', (message: { id: number; value?: unknown; error?: string }) => {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    });
  }

  /** Starts a process; resolves when its node has joined. */
  static async start(
    name: string,
    options: NodeOptions = {},
    execArgv: readonly string[] = [],
  ): Promise<WorkingNode> {
    const node = new WorkingNode(name, options, execArgv);
    const { id, addresses } = (await node.#answer(0, 'start')) as {
      id: string;
      addresses: readonly string[];
    };
    node.#id = id;
    node.#addresses = addresses;
    return node;
  }

  /** 64 hex digits. */
  get id(): string {
    return this.#id;
  }

  get addresses(): readonly string[] {
    return this.#addresses;
  }

  async ask<K extends keyof Commands>(command: K, ...argument: Argument<K>): Promise<Answer<K>> {
    const id = ++this.#lastId;
    if (!this.child.connected) throw new Error(`${this.name} has ended and cannot ${command}`);
    const answer = this.#answer(id, command);
    this.child.send({ id, command, argument: argument[0] ?? null });
    return (await answer) as Answer<K>;
  }

  report(): Promise<ProcessReport> {
    return this.ask('report');
  }

  /** Stops the node and lets the process end by itself: with what code it did, and what held it until then. */
  async retire(): Promise<{ code: number | string | null; held: readonly string[] }> {
    const held = await this.ask('stop');
    this.child.disconnect();
    return { code: await within(this.ended, `the end of ${this.name}`), held };
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child.kill(signal);
  }

  #answer(id: number, what: string): Promise<unknown> {
    const answer = new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ value, error }) => {
        if (error === undefined) resolve(value);
        else reject(new Error(`${this.name}, ${what}: ${error}`));
      });
    });
    return within(answer, `${what} by ${this.name}`);
  }
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const timer = systemClock.setTimer(
      () => reject(new Error(`${what} took more than ${patience} ms`)),
      patience,
    );
    void promise.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** Processes that know each other, by name. */
export class ProcessMesh {
  readonly #nodes = new Set<WorkingNode>();
  readonly #options: NodeOptions;
  readonly #execArgv: readonly string[];

  /** `options` are those of every node, `execArgv` what every process is started with. */
  constructor(options: NodeOptions = {}, execArgv: readonly string[] = []) {
    this.#options = options;
    this.#execArgv = execArgv;
  }

  /** Starts a seed and then the others, all at once. */
  async start<Name extends string>(
    ...names: readonly Name[]
  ): Promise<Record<Name | 'seed', WorkingNode>> {
    const seed = await this.join('seed');
    const others = await Promise.all(names.map((name) => this.join(name, seed)));
    await eventually('everybody knows everybody', async () => {
      const reports = await Promise.all([seed, ...others].map((node) => node.report()));
      return reports.every(({ members }) => members === others.length);
    });
    const all = [seed, ...others].map((node) => [node.name, node]);
    return Object.fromEntries(all) as Record<Name | 'seed', WorkingNode>;
  }

  /** Starts one more process. */
  async join(name: string, by?: WorkingNode): Promise<WorkingNode> {
    const options = { ...this.#options, bootstrap: by?.addresses ?? [] };
    const node = await WorkingNode.start(name, options, this.#execArgv);
    this.#nodes.add(node);
    return node;
  }

  /** Ends every process that is left, at once. */
  async end(): Promise<void> {
    const nodes = [...this.#nodes];
    this.#nodes.clear();
    for (const node of nodes) node.kill();
    await Promise.all(nodes.map(({ ended }) => ended));
  }
}
