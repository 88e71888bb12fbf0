import { describe, expect, it } from '@jest/globals';
import { lockSimulation } from '../../test/lock-simulation.ts';
import type { LockClient } from '../../test/lock-service.ts';
import { act, crash, heal, partition, restart } from './actions.ts';
import { always, settles } from './invariant.ts';
import { at, every } from './scenario.ts';
import { simulate, type SimulateOptions, simulateSeeds } from './simulate.ts';
import type { Environment } from './simulated-node.ts';
import { SimulationFailedError } from './simulation-failed-error.ts';

/** Counts how often the node has lived, on its disk. */
interface Diary {
  readonly lives: number;
  readonly name: string;
}

function diary({ name, disk }: Environment): Diary {
  const lives = ((disk.get('lives') as number | undefined) ?? 0) + 1;
  disk.set('lives', lives);
  return { lives, name };
}

async function failureOf(run: Promise<unknown>): Promise<SimulationFailedError> {
  try {
    await run;
  } catch (error) {
    if (error instanceof SimulationFailedError) return error;
    throw error;
  }
  throw new Error('the simulation did not fail');
}

describe('a simulation', () => {
  it('has the same event trace for the same seed, and another one for another seed', async () => {
    const options = lockSimulation(true);
    const first = await simulate('the lock', { ...options, seed: 5 });
    const second = await simulate('the lock', { ...options, seed: 5 });
    const other = await simulate('the lock', { ...options, seed: 6 });
    expect(first.events).toBeGreaterThan(100);
    expect(second).toEqual(first);
    expect(first.hash).toMatch(/^[0-9a-f]{16}$/);
    expect(other.hash).not.toBe(first.hash);
  });

  it('starts nodes one after the other, and tells each where to join', async () => {
    const started: string[] = [];
    await simulate('starts', {
      nodes: 6,
      startEveryMs: 100,
      app: ({ name, bootstrap, clock }) => {
        started.push(`${name} at ${clock.now()} through ${bootstrap.length}`);
        return {};
      },
    });
    expect(started).toEqual([
      'n0 at 0 through 0',
      'n1 at 100 through 1',
      'n2 at 200 through 2',
      'n3 at 300 through 3',
      'n4 at 400 through 3',
      'n5 at 500 through 3',
    ]);
  });

  it('gives nodes a NAT and a clock of their own where told to', async () => {
    const seen: string[] = [];
    const dial = (from: string, to: string) =>
      act(`${from} dials ${to}`, ({ node }) => {
        const link = node(from).links.link(node(to).id, { timeout: 500 });
        link.then(
          () => seen.push(`${from} reaches ${to}`),
          () => seen.push(`${from} does not reach ${to}`),
        );
      });
    const look = act('look', ({ node }) => {
      seen.push(...['n0', 'n2'].map((name) => `${name} has ${node(name).links.clock.wallTime()}`));
    });
    await simulate('special nodes', {
      nodes: [{}, { nat: 'home' }, { clockOffsetMs: 5_000, clockRate: 1.1 }],
      app: () => ({}),
      scenario: [at(0, dial('n0', 'n1')), at(1_000, dial('n1', 'n0')), at(2_000, look)],
    });
    const began = Number(seen[2]?.split(' ').at(-1)) - 2_000;
    expect(seen).toEqual([
      'n0 does not reach n1',
      'n1 reaches n0',
      `n0 has ${began + 2_000}`,
      `n2 has ${began + 7_200}`,
    ]);
  });

  it('keeps identity and disk over a restart, unless the disk is lost', async () => {
    const lives: string[] = [];
    const look = act<Diary>('look', ({ nodes }) => {
      lives.push(nodes.map(({ app }) => app.lives).join(' '));
    });
    const ids = new Set<string>();
    const note = act<Diary>('note', ({ node }) => ids.add(node('n1').id.key));
    await simulate<Diary>('diaries', {
      nodes: 3,
      app: diary,
      scenario: [
        at(10, note),
        at(1_000, crash('n1')),
        at(1_000, crash('n2')),
        at(2_000, restart('n1')),
        at(2_000, restart('n2', { disk: 'lost' })),
        at(2_100, note),
        at(2_100, look),
      ],
    });
    expect(lives).toEqual(['1 2 1']);
    expect(ids.size).toBe(1);
  });

  it('stops applications and tells of the timers that they forgot', async () => {
    const run = (forgets: boolean): Promise<{ timersLeft: number }> =>
      simulate('timers', {
        nodes: 3,
        app: ({ clock }) => {
          const timer = clock.setTimer(() => undefined, 60_000);
          return { stop: () => (forgets ? undefined : timer.cancel()) };
        },
        durationMs: 1_000,
      });
    expect((await run(false)).timersLeft).toBe(0);
    expect((await run(true)).timersLeft).toBe(3);
  });

  it('repeats actions at intervals', async () => {
    const times: number[] = [];
    const note = act('note', ({ clock }) => times.push(clock.now()));
    await simulate('repetition', {
      nodes: 1,
      app: () => ({}),
      scenario: [every(250, note, { untilMs: 1_000 }), at(100, note)],
    });
    expect(times).toEqual([100, 250, 500, 750, 1_000]);
  });
});

describe('an invariant', () => {
  interface Reaching {
    readonly reached: boolean;
  }

  /** Two nodes that ask each other for an echo twice a second. */
  const reachable: SimulateOptions<Reaching> = {
    nodes: 2,
    app: ({ links, bootstrap, clock }) => {
      const echo = 0xe2;
      let reached = false;
      links.handleRequest(echo, (_link, body) => body);
      const ask = async (): Promise<void> => {
        clock.setTimer(() => void ask(), 500);
        reached = await Promise.all(
          bootstrap.map((address) => links.dial(address, { timeout: 400 })),
        )
          .then(([link]) => link?.request(echo, Uint8Array.of(1), { timeout: 400 }))
          .then(
            () => true,
            () => false,
          );
      };
      return {
        start: () => void ask(),
        get reached() {
          return reached;
        },
      };
    },
  };

  it('that must settle may fail during faults, and is given its time after the last one', async () => {
    const { settledMs } = await simulate('healing', {
      ...reachable,
      scenario: [at(1_000, partition(['n0'], ['n1'])), at(5_000, heal())],
      invariants: [
        settles<Reaching>('they reach each other', ({ nodes }) => nodes[1]?.app.reached === true, {
          withinMs: 3_000,
        }),
      ],
    });
    expect(settledMs.get('they reach each other')).toBeGreaterThan(0);
  });

  it('that does not settle in time fails the simulation', async () => {
    const error = await failureOf(
      simulate('no healing', {
        ...reachable,
        scenario: [at(1_000, partition(['n0'], ['n1'], { oneWay: true }))],
        invariants: [
          settles<Reaching>(
            'they reach each other',
            ({ nodes }) => nodes[1]?.app.reached === true,
            {
              withinMs: 3_000,
            },
          ),
        ],
      }),
    );
    expect(error.failure).toMatchObject({ invariant: 'they reach each other', atMs: 4_000 });
    expect(error.message).toContain('not within 3000 ms of the last step');
    expect(error.message).toContain('1000 ms: cut n0 off from n1 one way');
  });

  it('is checked at its intervals', async () => {
    const asked: number[] = [];
    await simulate('intervals', {
      nodes: 1,
      app: () => ({}),
      durationMs: 1_000,
      invariants: [always('asked', ({ clock }) => void asked.push(clock.now()), { everyMs: 400 })],
    });
    expect(asked).toEqual([400, 800]);
  });

  it('that throws is violated', async () => {
    const error = await failureOf(
      simulate('throws', {
        nodes: 1,
        app: () => ({}),
        durationMs: 10,
        invariants: [
          always('sound', () => {
            throw new Error('the sum is 3');
          }),
        ],
      }),
    );
    expect(error.failure).toMatchObject({ invariant: 'sound', detail: 'the sum is 3', seed: 1 });
  });

  it('demands that applications start', async () => {
    const error = await failureOf(
      simulate('start', { nodes: 1, app: () => Promise.reject(new Error('no room')) }),
    );
    expect(error.failure).toMatchObject({ invariant: 'n0 starts', detail: 'no room' });
  });

  it.each<[string, () => object | Promise<object>, string]>([
    ['is refused', () => Promise.reject(new Error('still at work')), 'still at work'],
    ['does not end', () => new Promise(() => undefined), 'stop() has not come to an end'],
  ])('demands that applications stop: one whose stop %s is named', async (_how, stop, detail) => {
    const app = ({ name }: Environment): object => (name === 'n1' ? { stop } : {});
    const error = await failureOf(simulate('stop', { nodes: 3, app }));
    expect(error.failure.invariant).toBe('n1 stops');
    expect(error.failure.detail).toContain(detail);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no such tune');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no such tune'))],
  ])('demands that no action %s', async (_how, run) => {
    const error = await failureOf(
      simulate('actions', {
        nodes: 1,
        app: () => ({}),
        scenario: [at(100, act('n0 sings', run))],
        durationMs: 200,
      }),
    );
    expect(error.failure).toMatchObject({
      invariant: 'n0 sings',
      detail: 'no such tune',
      atMs: 100,
    });
  });

  it('is told of although an application has stopped its links by itself', async () => {
    const error = await failureOf(
      simulate('early end', {
        nodes: 2,
        app: ({ links }) => ({ end: () => links.stop() }),
        scenario: [
          at(
            10,
            act<{ end(): Promise<void> }>('n0 ends', ({ node }) => node('n0').app.end()),
          ),
        ],
        invariants: [settles('never', () => false, { withinMs: 100 })],
      }),
    );
    expect(error.failure.invariant).toBe('never');
  });

  it('demands that no handler throws', async () => {
    const error = await failureOf(
      simulate('handlers', {
        nodes: 2,
        app: ({ links, bootstrap }) => {
          links.onLink(() => {
            throw new Error('not prepared for links');
          });
          return { start: () => bootstrap[0] && void links.dial(bootstrap[0]) };
        },
        durationMs: 100,
      }),
    );
    expect(error.failure.detail).toBe('not prepared for links');
  });
});

describe('a broken protocol', () => {
  const seeds = 20;

  it('is caught, with the command that makes it happen again', async () => {
    const error = await failureOf(simulateSeeds('the lock', seeds, lockSimulation(false)));
    const { invariant, seed, command } = error.failure;
    expect(invariant).toBe('one node at most works under the lock');
    expect(error.message).toMatch(/n\d and n\d do/);
    const line = `^MACULA_SIM_SEED=${seed} (NODE_OPTIONS='.*' )?npx jest -t 'the lock'$`;
    expect(command).toMatch(new RegExp(line));
    expect(error.message.split('\n').at(-1)).toBe(`reproduce: ${command}`);
    const again = await failureOf(simulate('the lock', { ...lockSimulation(false), seed }));
    expect(again.failure).toEqual(error.failure);
  });

  it('that is mended holds with the same seeds', async () => {
    const results = await simulateSeeds<LockClient>('the lock', seeds, lockSimulation(true));
    expect(results).toHaveLength(seeds);
  });

  it('stays broken by hand: a holder that stands still longer than its lease', async () => {
    const options = lockSimulation(false);
    let holder = '';
    const pauseHolder = act<LockClient>('pause the holder', (simulation) => {
      holder = simulation.running.find(({ app }) => app.holding)?.name ?? '';
      simulation.pause(holder);
    });
    const resumeHolder = act('let it go on', (simulation) => {
      simulation.resume(holder);
    });
    const error = await failureOf(
      simulate('by hand', {
        ...options,
        scenario: [at(5_000, pauseHolder), at(7_500, resumeHolder)],
        durationMs: 12_000,
      }),
    );
    expect(error.failure.notes.map(({ what }) => what)).toContain('let it go on');
    expect(error.failure.detail).toContain(holder);
  });
});
