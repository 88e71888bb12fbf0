import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@macula/core';
import { main } from '../src/cli/main.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const entry = fileURLToPath(new URL('../src/main.ts', import.meta.url));
/** What lets Node run the sources as they are. */
const execArgv = [
  '--conditions=@macula/source',
  '--import',
  join(root, 'tools/typescript-loader.mjs'),
];

/** The command, run in this process; its children are processes of their own. */
export class DemoRun extends EventEmitter {
  readonly execArgv = execArgv;
  readonly exitCode: Promise<number>;
  readonly env: Record<string, string>;
  readonly stdout: { isTTY: boolean; columns: number; rows: number; write(text: string): void };
  readonly stderr = { write: (text: string) => void (this.err += text) };
  out = '';
  err = '';

  constructor(
    args: readonly string[],
    options: { terminal?: boolean; env?: Record<string, string> } = {},
  ) {
    super();
    this.env = options.env ?? {};
    this.stdout = {
      isTTY: options.terminal === true,
      columns: 100,
      rows: 40,
      write: (text) => void (this.out += text),
    };
    this.exitCode = main(args, this);
  }
}

/** The command as a process. */
export function spawnDemo(...args: string[]): ChildProcess {
  return spawn(process.execPath, [...execArgv, entry, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
}

/** Looks every 50 ms, a minute long, until something is found. */
export async function eventually<T>(
  find: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const end = systemClock.now() + 60_000;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (systemClock.now() > end) throw new Error('not so after a minute');
    await new Promise<void>((resolve) => systemClock.setTimer(resolve, 50));
  }
}

/** The processes that a process has started, in that order. Linux tells. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The processes of a demo by name, from what it says at its start; once its first hour is completed. */
export async function underway(pid: number, output: () => string): Promise<Map<string, number>> {
  await eventually(() => (/^[1-9]\d*\/\d+ h \|/m.test(output()) ? true : undefined));
  const names = /^Starting \d+ processes: (.*)$/m.exec(output())?.[1]?.split(', ') ?? [];
  const children = (await childrenOf(pid)).slice(-names.length);
  return new Map(names.map((name, index) => [name, children[index] ?? 0]));
}
