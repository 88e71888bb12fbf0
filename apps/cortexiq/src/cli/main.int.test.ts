import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { dataFolder, sumOfLines } from '../../test/csv-sum.ts';
import { expectEndWith, expectEndWithRunner } from '../../test/demo-endings.ts';
import {
  childrenOf,
  DemoRun,
  eventually,
  isAlive,
  spawnDemo,
  underway,
} from '../../test/demo-run.ts';

const limit = 120_000;
const endless = ['--hours', '5000', '--speed', '5'];

describe('the demo, in real processes', () => {
  it(
    'prints one JSON object with the exact sums of the data',
    async () => {
      const demo = new DemoRun([
        '--hours',
        '2',
        '--speed',
        'max',
        '--json',
        '--homes-per-process',
        '7',
      ]);
      expect([await demo.exitCode, demo.err]).toEqual([0, '']);
      const report = JSON.parse(demo.out) as Record<string, unknown>;
      const { production, consumption } = await sumOfLines({ hours: 2 });
      expect(report).toMatchObject({
        hours: 2,
        homes: 14,
        measurements_published: 28,
        measurements_received: 28,
        duplicates: 0,
        production_wh: production,
        consumption_wh: consumption,
        processes: 8,
      });
      const pids = Object.values(report['process_ids'] as Record<string, number>);
      expect(pids.filter(isAlive)).toEqual([process.pid]);
    },
    limit,
  );

  it(
    'shows a table on a terminal, without colours if so asked, and then tells how it went',
    async () => {
      const demo = new DemoRun(['--hours', '3', '--speed', '3', '--homes', '16'], {
        terminal: true,
        env: { NO_COLOR: '1' },
      });
      expect([await demo.exitCode, demo.err]).toEqual([0, '']);
      expect(demo.out).toContain('$0.22/kWh');
      expect(demo.out).toContain('48 published, 48 received, 0 twice');
      expect(demo.out).toContain('The totals are the sum over the data, to the watt-hour');
      expect(demo.out).not.toMatch(/\u001b\[\d+m/);
    },
    limit,
  );

  it(
    'ends with an error when homes are killed, and leaves no process behind',
    () => expectEndWith('homes_2', [...endless, '--homes-per-process', '7']),
    limit,
  );

  it(
    'goes on without its seed, exactly',
    async () => {
      const demo = new DemoRun(['--hours', '8', '--speed', '4']);
      const processes = await underway(process.pid, () => demo.out);
      process.kill(processes.get('seed')!, 'SIGKILL');
      expect([await demo.exitCode, demo.err]).toEqual([0, '']);
      expect(demo.out).toContain('The seed is gone');
      expect(demo.out).toContain('The totals are the sum over the data, to the watt-hour');
    },
    limit,
  );

  it(
    'says so when a process does not come to a node of its own',
    async () => {
      const demo = new DemoRun(endless);
      const [first] = await eventually(async () => {
        const children = await childrenOf(process.pid);
        return children.length >= 6 ? children.slice(-6) : undefined;
      });
      process.kill(first!, 'SIGKILL');
      expect(await demo.exitCode).toBe(1);
      expect(demo.err).toMatch(/^seed \(process \d+\): was killed by SIGKILL\n$/);
    },
    limit,
  );

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])(
    'stops all its processes on %s',
    async (signal, code) => {
      const demo = new DemoRun(endless);
      const processes = await underway(process.pid, () => demo.out);
      demo.emit(signal);
      expect(await demo.exitCode).toBe(code);
      expect(demo.err).toContain(`interrupted by ${signal}; all processes are stopped`);
      expect([...processes.values()].filter(isAlive)).toEqual([]);
      expect(demo.listenerCount('SIGINT') + demo.listenerCount('SIGTERM')).toBe(0);
    },
    limit,
  );

  it(
    'leaves no process behind when the runner itself is killed',
    () => expectEndWithRunner(endless),
    limit,
  );
});

describe('a demo that cannot start', () => {
  it(
    'says file, line and character of what is wrong with the data',
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'cortexiq-'));
      try {
        await cp(dataFolder, directory, { recursive: true });
        const file = join(directory, 'homes.csv');
        const text = await readFile(file, 'utf8');
        await writeFile(file, text.replace('\n1,home_003,', '\n1,home_003,many'));
        const demo = new DemoRun(['--data', directory, '--json']);
        expect([await demo.exitCode, demo.out]).toEqual([2, '']);
        expect(demo.err).toMatch(/homes\.csv:18:12: consumption_w: is not a number: "many\d+"/);
      } finally {
        await rm(directory, { recursive: true });
      }
    },
    limit,
  );

  it.each([
    [['--from', '8750', '--hours', '24'], 'the data has 8760 hours'],
    [['--data', '/nowhere'], '/nowhere/homes.json: cannot be read'],
  ])(
    'ends with exit code 2 for %j',
    async (args, message) => {
      const demo = new DemoRun(args);
      expect([await demo.exitCode, demo.out]).toEqual([2, '']);
      expect(demo.err).toContain(message);
    },
    limit,
  );

  it.each([
    ['--homes many', 2],
    ['--help', 0],
  ])(
    'ends with the right exit code for %s, as a process',
    async (args, code) => {
      const child = spawnDemo(...args.split(' '));
      const exit = await new Promise((resolve) => child.once('close', resolve));
      expect(exit).toBe(code);
    },
    limit,
  );
});
