import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@macula/core';
import { createNode, type MaculaNode } from '@macula/node';
import { firstHomes, sumOfLines } from '../../test/csv-sum.ts';
import { expectEndWith, expectEndWithRunner } from '../../test/demo-endings.ts';
import { DemoRun, isAlive, underway } from '../../test/demo-run.ts';
import { procedures, realm } from '../messages/names.ts';
import { FoxRouter } from '../runner/fox-router.ts';

// The first run may have to install the router.
const limit = 300_000;
const small = ['--homes', '4'];
const endless = [...small, '--hours', '5000', '--speed', '5', '--homes-on'];
let guest: MaculaNode | undefined;

afterEach(async () => {
  await guest?.stop();
  guest = undefined;
});

/** Whether a process has loaded QUIC, without which there is no node. Linux tells. */
async function hasNode(pid: number): Promise<boolean> {
  return /quic/.test(await readFile(`/proc/${pid}/maps`, 'utf8'));
}

/** A node of the mesh that has nothing to do with the demo. */
async function join(output: string): Promise<MaculaNode> {
  const [, address] = /bootstrap ([\d.:]+)/.exec(output) ?? [];
  guest = await createNode({
    realm,
    host: '127.0.0.1',
    bootstrap: [address!],
    environment: {},
  });
  return guest;
}

describe('homes that are plain WAMP clients', () => {
  /** Three hours of four homes, which have to end with the sum over the data. */
  async function accountedFor(where: string, between: readonly string[]): Promise<void> {
    const { production, consumption } = await sumOfLines(
      { from: 12, hours: 3 },
      await firstHomes(4),
    );
    const args = ['--from', '12', '--hours', '3', '--speed', 'max', '--json'];
    const edges = ['--homes-per-process', '2'];
    const demo = new DemoRun([...small, ...edges, ...args, '--homes-on', where]);
    expect([await demo.exitCode, demo.err]).toEqual([0, '']);
    const report = JSON.parse(demo.out) as { process_ids: Record<string, number> };
    expect(report).toMatchObject({
      homes_on: where,
      hours: 3,
      homes: 4,
      measurements_published: 12,
      measurements_received: 12,
      duplicates: 0,
      production_wh: production,
      consumption_wh: consumption,
    });
    const started = Object.keys(report.process_ids);
    const carriers = ['router', 'bridge', 'facade'].filter((name) => started.includes(name));
    expect(carriers).toEqual(between);
    expect(Object.values(report.process_ids).filter(isAlive)).toEqual([process.pid]);
  }

  it(
    'are accounted for to the watt-hour on a router that was running already with a bridge, and then on a façade, by another URL',
    async () => {
      const failures: unknown[] = [];
      const router = new FoxRouter({
        clock: systemClock,
        onRestart: () => failures.push('it has gone'),
        onFailure: (error) => failures.push(error),
      });
      await router.start(new AbortController().signal);
      try {
        await accountedFor(router.url, ['bridge']);
        expect([failures, isAlive(router.pid!)]).toEqual([[], true]);
      } finally {
        await router.stop(5_000);
      }
      await accountedFor('facade', ['facade']);
    },
    limit,
  );

  it(
    'are accounted for to the watt-hour when the router that was started for them is killed, and started again, while hours go by',
    async () => {
      const args = ['--hours', '12', '--speed', '4', '--homes-on', 'fox-wamp'];
      const demo = new DemoRun([...small, ...args]);
      const processes = await underway(process.pid, () => demo.out);
      process.kill(processes.get('router')!, 'SIGKILL');
      expect([await demo.exitCode, demo.err]).toEqual([0, '']);
      expect(demo.out).toContain('The router is gone. It is started again.');
      expect(demo.out).toContain('The totals are the sum over the data, to the watt-hour');
    },
    limit,
  );

  it(
    'have no node in their processes, answer nodes all the same, and go with the router and the bridge on Ctrl-C',
    async () => {
      const demo = new DemoRun([...endless, 'fox-wamp']);
      const processes = await underway(process.pid, () => demo.out);
      const nodes: string[] = [];
      for (const [name, pid] of processes) if (await hasNode(pid)) nodes.push(name);
      const others = ['seed', 'projections', 'queries', 'utilities', 'simulation', 'bridge'];
      expect(nodes.sort()).toEqual(others.sort());
      const node = await join(demo.out);
      const known = { home_id: 'home_003' };
      expect(await node.call(procedures.getStatus, known)).toMatchObject(known);
      const offer = { ...known, provider_id: 'friend', rate: 0 };
      expect(await node.call(procedures.acceptContract, offer)).toMatchObject({
        status: 'accepted',
      });
      // fox-wamp has one error for all that callees answer with.
      const unknown = node.call(procedures.getStatus, { home_id: 'nobody' });
      await expect(unknown).rejects.toMatchObject({ uri: 'wamp.error.callee_failure' });
      demo.emit('SIGINT');
      expect(await demo.exitCode).toBe(130);
      expect([...processes.values()].filter(isAlive)).toEqual([]);
    },
    limit,
  );

  it(
    'end with an error when the bridge is killed, and leave no process behind',
    () => expectEndWith('bridge', [...endless, 'fox-wamp']),
    limit,
  );

  it(
    'leave no router and no bridge behind when the runner itself is killed',
    () => expectEndWithRunner([...endless, 'fox-wamp']),
    limit,
  );
});

it(
  'homes on a router that is not there end the demo with what is wrong',
  async () => {
    const demo = new DemoRun([...small, '--homes-on', 'ws://127.0.0.1:1/ws']);
    expect(await demo.exitCode).toBe(1);
    expect(demo.err).toMatch(/ws:\/\/127\.0\.0\.1:1\/ws/);
  },
  limit,
);
