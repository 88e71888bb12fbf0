import { expect } from '@jest/globals';
import { DemoRun, eventually, isAlive, spawnDemo, underway } from './demo-run.ts';

/** Kills one process of a demo with these arguments: it has to end with an error that says so, and to leave no process behind. */
export async function expectEndWith(victim: string, args: readonly string[]): Promise<void> {
  const demo = new DemoRun(args);
  const processes = await underway(process.pid, () => demo.out);
  process.kill(processes.get(victim)!, 'SIGKILL');
  expect(await demo.exitCode).toBe(1);
  expect(demo.err).toBe(`${victim} (process ${processes.get(victim)}): was killed by SIGKILL\n`);
  expect([...processes.values()].filter(isAlive)).toEqual([]);
}

/** Kills the runner of such a demo, which is a process of its own then: all that it has started has to go, too. */
export async function expectEndWithRunner(args: readonly string[]): Promise<void> {
  const runner = spawnDemo(...args);
  const started = [runner.pid!];
  try {
    let out = '';
    runner.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text));
    const processes = [...(await underway(runner.pid!, () => out)).values()];
    started.push(...processes);
    runner.kill('SIGKILL');
    await eventually(() => (processes.some(isAlive) ? undefined : true));
  } finally {
    for (const pid of started.filter(isAlive)) process.kill(pid, 'SIGKILL');
  }
}
