import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@macula/core';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const data = fileURLToPath(new URL('../../data', import.meta.url));
const limit = 120_000;

interface Demo {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  out: string;
  err: string;
}

const running: Demo[] = [];

function start(...args: string[]): Demo {
  const loader = join(root, 'tools/typescript-loader.mjs');
  const child = spawn(
    process.execPath,
    ['--conditions=@macula/source', '--import', loader, main, ...args],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } },
  );
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const demo: Demo = { child, exited, out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (demo.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (demo.err += text));
  running.push(demo);
  return demo;
}

afterEach(async () => {
  for (const demo of running.splice(0)) {
    demo.child.kill('SIGKILL');
    await demo.exited;
  }
});

async function eventually<T>(find: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = systemClock.now() + 60_000;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (systemClock.now() > end) throw new Error('not so after a minute');
    await new Promise<void>((resolve) => systemClock.setTimer(resolve, 50));
  }
}

/** The processes that a demo has started, with what the kernel calls them; Linux tells. */
async function childrenOf({ child }: Demo): Promise<number[]> {
  const file = `/proc/${child.pid}/task/${child.pid}/children`;
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function sumOfLines(hours: number): Promise<{ production: number; consumption: number }> {
  const lines = (await readFile(join(data, 'homes.csv'), 'utf8')).trim().split('\n').slice(1);
  let production = 0;
  let consumption = 0;
  for (const [hour, , consumed, produced] of lines.map((line) => line.split(','))) {
    if (Number(hour) >= hours) break;
    consumption += Number(consumed);
    production += Number(produced);
  }
  return { production, consumption };
}

/** Waits until all processes play and the first hours are done. */
async function underway(demo: Demo): Promise<number[]> {
  await eventually(() => (/^[1-9]\d*\/\d+ h \|/m.test(demo.out) ? true : undefined));
  return childrenOf(demo);
}

describe('the demo, in real processes', () => {
  it(
    'prints one JSON object with the exact sums of the data',
    async () => {
      const demo = start('--hours', '10', '--speed', 'max', '--json', '--homes-per-process', '7');
      expect([await demo.exited, demo.err]).toEqual([0, '']);
      const report = JSON.parse(demo.out) as Record<string, unknown>;
      const { production, consumption } = await sumOfLines(10);
      expect(report).toMatchObject({
        hours: 10,
        homes: 14,
        measurements_published: 140,
        measurements_received: 140,
        duplicates: 0,
        production_wh: production,
        consumption_wh: consumption,
        processes: 8,
      });
      for (const pid of Object.values(report['process_ids'] as Record<string, number>)) {
        expect(isAlive(pid)).toBe(false);
      }
    },
    limit,
  );

  it(
    'tells people how it went, without colours where there is no terminal',
    async () => {
      const demo = start('--hours', '2', '--speed', 'max', '--homes', '16');
      expect([await demo.exited, demo.err]).toEqual([0, '']);
      expect(demo.out).toContain('The totals are the sum over the data, to the watt-hour');
      expect(demo.out).toContain('32 published, 32 received, 0 twice');
      expect(demo.out).not.toContain('\u001b');
    },
    limit,
  );

  it(
    'ends with an error when homes are killed, and leaves no process behind',
    async () => {
      const demo = start('--hours', '1000', '--speed', '5', '--homes-per-process', '7');
      const children = await underway(demo);
      expect(children).toHaveLength(7);
      process.kill(await processCalled(demo, children, 'homes_2'), 'SIGKILL');
      expect(await demo.exited).toBe(1);
      expect(demo.err).toMatch(/homes_2 \(process \d+\): was killed by SIGKILL/);
      expect(children.filter(isAlive)).toEqual([]);
    },
    limit,
  );

  it(
    'goes on without its seed, exactly',
    async () => {
      const demo = start('--hours', '12', '--speed', '4');
      const children = await underway(demo);
      process.kill(await processCalled(demo, children, 'seed'), 'SIGKILL');
      expect([await demo.exited, demo.err]).toEqual([0, '']);
      expect(demo.out).toContain('The seed is gone');
      expect(demo.out).toContain('The totals are the sum over the data, to the watt-hour');
    },
    limit,
  );

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'stops all its processes on %s',
    async (signal, code) => {
      const demo = start('--hours', '1000', '--speed', '5');
      const children = await underway(demo);
      demo.child.kill(signal);
      expect(await demo.exited).toBe(code);
      expect(demo.err).toContain(`interrupted by ${signal}; all processes are stopped`);
      expect(children.filter(isAlive)).toEqual([]);
    },
    limit,
  );

  it(
    'leaves no process behind when the runner itself is killed',
    async () => {
      const demo = start('--hours', '1000', '--speed', '5');
      const children = await underway(demo);
      demo.child.kill('SIGKILL');
      await eventually(() => (children.some(isAlive) ? undefined : true));
    },
    limit,
  );
});

/** Processes start in the order in which the demo names them, and the kernel lists them so. */
async function processCalled(
  demo: Demo,
  children: readonly number[],
  name: string,
): Promise<number> {
  const names = /^Starting \d+ processes: (.*)$/m.exec(demo.out)?.[1]?.split(', ') ?? [];
  const pid = children[names.indexOf(name)];
  if (pid === undefined) throw new Error(`no process is called ${name}: ${demo.out}`);
  return pid;
}

describe('a demo that cannot start', () => {
  it(
    'says file, line and character of what is wrong with the data',
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'cortexiq-'));
      try {
        await cp(data, directory, { recursive: true });
        const file = join(directory, 'homes.csv');
        const text = await readFile(file, 'utf8');
        await writeFile(file, text.replace('\n1,home_003,', '\n1,home_003,many'));
        const demo = start('--data', directory, '--json');
        expect([await demo.exited, demo.out]).toEqual([2, '']);
        expect(demo.err).toMatch(/homes\.csv:18:12: consumption_w: is not a number: "many\d+"/);
      } finally {
        await rm(directory, { recursive: true });
      }
    },
    limit,
  );

  it.each([
    [['--homes', 'many'], '--homes must be a whole number'],
    [['--from', '8750', '--hours', '24'], 'the data has 8760 hours'],
    [['--data', '/nowhere'], '/nowhere/homes.json: cannot be read'],
  ])(
    'ends with exit code 2 for %j',
    async (args, message) => {
      const demo = start(...args);
      expect(await demo.exited).toBe(2);
      expect(demo.err).toContain(message);
      expect(demo.out).toBe('');
    },
    limit,
  );
});
