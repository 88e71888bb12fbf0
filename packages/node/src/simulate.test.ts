import { describe, expect, it } from '@jest/globals';
import { formatAddress } from '@macula/core';
import {
  act,
  at,
  conditions,
  crash,
  type Environment,
  heal,
  partition,
  restart,
  settles,
  simulate,
  type SimulateOptions,
} from '@macula/testkit';
import { createNode } from './create-node.ts';
import type { MaculaNode } from './macula-node.ts';

interface Reader {
  readonly node: MaculaNode;
  readonly read: readonly unknown[];
  stop(): Promise<void>;
}

async function reader(environment: Environment): Promise<Reader> {
  const { links, identity, clock, random, bootstrap } = environment;
  const node = await createNode({
    ...{ realm: 'org.example', links, identity, clock, random },
    bootstrap: bootstrap.map(formatAddress),
  });
  const read: unknown[] = [];
  await node.subscribe('org.example.news', ({ payload }) => read.push(payload));
  return { node, read, stop: () => node.stop() };
}

const publish = (name: string, news: string) =>
  act<Reader>(`${name} publishes`, ({ node }) => {
    void node(name).app.node.publish('org.example.news', news);
  });

function newsroom(seed: number): SimulateOptions<Reader> {
  return {
    seed,
    nodes: 10,
    app: reader,
    startEveryMs: 50,
    network: { latencyMs: { min: 1, max: 20 } },
    scenario: [
      at(5_000, conditions({ loss: 0.01 })),
      at(6_000, partition(['n0', 'n1', 'n2'], ['n3', 'n5', 'n6'])),
      at(8_000, crash('n9')),
      at(10_000, publish('n1', 'in a storm')),
      at(20_000, heal()),
      at(20_000, restart('n9')),
      at(40_000, publish('n4', 'fine weather')),
    ],
    invariants: [
      settles<Reader>(
        'everybody reads the news',
        ({ running }) =>
          running.length === 10 &&
          running.every(({ app, name }) => name === 'n4' || app.read.includes('fine weather')),
        { withinMs: 5_000 },
      ),
    ],
  };
}

/** Of real time: a limit for what hangs. */
const patienceMs = 120_000;

describe('whole nodes in a simulation', () => {
  it(
    'do what real ones do, and stop without a timer left',
    async () => {
      const { settledMs, timersLeft } = await simulate('a newsroom', newsroom(1));
      expect([...settledMs.keys()]).toEqual(['everybody reads the news']);
      expect(timersLeft).toBe(0);
    },
    patienceMs,
  );

  it(
    'do the same again, frame for frame, with the same seed',
    async () => {
      const hashes: string[] = [];
      for (const seed of [2, 2, 3])
        hashes.push((await simulate('a newsroom', newsroom(seed))).hash);
      expect(hashes[1]).toBe(hashes[0]);
      expect(hashes[2]).not.toBe(hashes[0]);
    },
    patienceMs,
  );
});
