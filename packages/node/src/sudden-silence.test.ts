import { describe, expect, it } from '@jest/globals';
import { formatAddress, type NodeId } from '@macula/core';
import {
  act,
  type Action,
  always,
  at,
  crash,
  type Environment,
  every,
  heal,
  partition,
  pause,
  resume,
  settles,
  simulate,
} from '@macula/testkit';
import { createNode } from './create-node.ts';
import type { MaculaNode } from './macula-node.ts';
import type { NodeOptions } from './node-options.ts';

/** A node, what it has read, and what membership has told it. */
interface Witness {
  readonly node: MaculaNode;
  readonly read: readonly number[];
  readonly told: readonly string[];
  /** What it has published, and somebody has not acknowledged. */
  readonly undelivered: number[];
  stop(): Promise<void>;
}

const topic = 'org.example.count';

const witness =
  (options: NodeOptions = {}) =>
  async (environment: Environment): Promise<Witness> => {
    const { links, identity, clock, random, bootstrap } = environment;
    const node = await createNode({
      ...{ realm: 'org.example', links, identity, clock, random, environment: {} },
      bootstrap: bootstrap.map(formatAddress),
      ...options,
    });
    const told: string[] = [];
    node.onMembership(({ type, member }) => told.push(change(type, member.id)));
    const read: number[] = [];
    await node.subscribe(topic, ({ payload }) => read.push(payload as number));
    return { node, read, told, undelivered: [], stop: () => node.stop() };
  };

const change = (type: string, { key }: NodeId) => `${type} ${key}`;

/** Of real time: a limit for what hangs. */
const patienceMs = 120_000;

describe('half of twenty nodes that are killed at once', () => {
  const agreement = 'the rest agree on who is here';

  it(
    'are agreed to be dead by the others within ten protocol periods, and nobody else is',
    async () => {
      const victims = Array.from({ length: 10 }, (_, i) => `n${2 * i}`);
      const { settledMs } = await simulate<Witness>('half of twenty nodes', {
        ...{ nodes: 20, app: witness(), startEveryMs: 50 },
        network: { latencyMs: { min: 1, max: 20 } },
        scenario: victims.map((name) => at(30_000, crash(name))),
        durationMs: 60_000,
        invariants: [
          settles(
            agreement,
            ({ running }) => {
              const living = running.map(({ id }) => id.key).sort();
              return running.every(({ app: { node } }) => {
                const seen = [node.id, ...node.members().map(({ id }) => id)];
                return (
                  seen
                    .map(({ key }) => key)
                    .sort()
                    .join() === living.join()
                );
              });
            },
            { withinMs: 10_000 },
          ),
          always(
            'nobody who lives is given up',
            ({ running }) =>
              running.every(({ id }) =>
                running.every(({ app }) => !app.told.includes(change('failed', id))),
              ),
            { everyMs: 500 },
          ),
        ],
      });
      expect(settledMs.get(agreement)).toBeGreaterThan(1_000);
    },
    patienceMs,
  );
});

describe('a node that is not heard of for ten seconds', () => {
  const count = 300;
  const numbers = Array.from({ length: count }, (_, i) => i + 1).join();
  const complete = 'everybody has every number once and in order';

  const others = ['n0', 'n1', 'n3', 'n4', 'n5'];
  const stoodStill = [pause('n2'), resume('n2')] as const;
  const cutOff = [partition(['n2'], others), heal()] as const;

  /** `n1` counts, 20 times a second, while `n2` is silent for ten seconds. */
  const silence = (
    [begin, end]: readonly [Action, Action],
    seed: number,
    options?: NodeOptions,
  ) => {
    let counted = 0;
    const next = act<Witness>('n1 counts', ({ node }) => {
      const { node: counter, undelivered } = node('n1').app;
      const number = ++counted;
      counter.publish(topic, number, { qos: 1 }).catch(() => undelivered.push(number));
    });
    return simulate<Witness>('ten seconds of silence', {
      ...{ nodes: 6, app: witness(options), startEveryMs: 50, seed },
      network: { latencyMs: { min: 1, max: 20 } },
      scenario: [
        every(50, next, { fromMs: 10_050, untilMs: 10_000 + count * 50 }),
        at(12_000, begin),
        at(22_000, end),
      ],
      durationMs: 40_000,
      invariants: [
        settles(
          'it was given up and is back',
          ({ node }) => {
            const { told } = node('n1').app;
            const changes = ['suspected', 'failed', 'joined'].map((type) =>
              told.lastIndexOf(change(type, node('n2').id)),
            );
            return changes[0]! > 0 && changes[0]! < changes[1]! && changes[1]! < changes[2]!;
          },
          { withinMs: 10_000 },
        ),
        settles(
          complete,
          ({ nodes }) =>
            nodes.every(({ app, name }) => name === 'n1' || app.read.join() === numbers) &&
            nodes.every(({ app }) => app.undelivered.length === 0),
          { withinMs: 10_000 },
        ),
      ],
    });
  };

  it.each([
    ['it stood still', stoodStill],
    ['it was cut off', cutOff],
  ])(
    'is given up by membership, and has every acknowledged event all the same: %s',
    async (_, span) => {
      for (const seed of [1, 2, 3]) expect((await silence(span, seed)).settledMs.size).toBe(2);
    },
    patienceMs,
  );

  it(
    'misses some where the layers above are told to wait for one second only',
    async () => {
      const impatient = { membership: { graceMs: 1_000 } };
      await expect(silence(stoodStill, 1, impatient)).rejects.toThrow(complete);
    },
    patienceMs,
  );
});
