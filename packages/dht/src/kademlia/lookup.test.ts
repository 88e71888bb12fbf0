import { beforeEach, describe, expect, it } from '@jest/globals';
import { type VirtualClock, virtualClock } from '@macula/testkit';
import { contactOf, idOf } from '../../test/contacts.ts';
import type { Contact } from './contact.ts';
import type { Reply } from './lookup-path.ts';
import type { Prospects } from './prospects.ts';
import { lookUp, type LookupOutcome, type LookupPlan } from './lookup.ts';

const target = idOf('00');
let clock: VirtualClock;
let asked: string[];

beforeEach(() => {
  clock = virtualClock();
  asked = [];
});

/** What each node says: whom it names, or that it has what is looked for, or nothing at all. */
type World = Record<string, readonly string[] | 'has it' | 'has the same' | 'silent'>;

function run(
  world: World,
  seeds: string[],
  plan: Partial<LookupPlan> = {},
  prospects: Partial<Prospects> = {},
): Promise<LookupOutcome> {
  const ask = (contact: Contact): Promise<Reply> => {
    const name = contact.id.key.slice(0, 2);
    asked.push(name);
    const says = world[name] ?? [];
    return new Promise((resolve, reject) => {
      const answer = (): void => {
        if (says === 'silent') reject(new Error('no answer'));
        else if (says === 'has it') resolve({ contacts: [], found: true });
        else if (says === 'has the same') resolve({ contacts: [], found: true, confirms: true });
        else resolve({ contacts: says.map((id) => contactOf(id)), found: false });
      };
      clock.setTimer(answer, says === 'silent' ? 7_000 : 10);
    });
  };
  const { signal } = new AbortController();
  const defaults = {
    width: 3,
    alpha: 2,
    enough: Infinity,
    stallMs: 500,
    choices: 1,
    hedge: 0,
    perSubnet: 2,
    paths: 1,
  };
  const contacts = seeds.map((id) => contactOf(id));
  return clock.complete(
    lookUp({ clock, ask, ...prospects }, target, contacts, {
      ...defaults,
      signal,
      ...plan,
    }),
  );
}

function names(contacts: readonly Contact[]): string[] {
  return contacts.map(({ id }) => id.key.slice(0, 2));
}

describe('a lookup', () => {
  it('comes nearer until nobody nearer is named', async () => {
    const world = { f0: ['80', '81'], '80': ['40'], '81': [], '40': ['20'], '20': ['10'] };
    const { closest } = await run(world, ['f0']);
    expect(names(closest)).toEqual(['10', '20', '40']);
  });

  it('asks all of the nearest at once when the first of them name nobody nearer', async () => {
    const all = ['10', '11', '12', '13', '14', '15', '16', '17'];
    const world: World = Object.fromEntries(all.map((name) => [name, all]));
    const begin = clock.now();
    await run({ f0: all, ...world }, ['f0'], { width: 8, perSubnet: 9 });
    expect([asked.length, clock.now() - begin]).toEqual([9, 30]);
  });

  it('asks no more than alpha at once as long as nearer ones are named', async () => {
    const world: World = { f0: ['40', '41', '42', '43'], '40': ['20'], '41': ['21'] };
    await run(world, ['f0'], { width: 4, perSubnet: 9 });
    expect(asked).toEqual(['f0', '40', '41', '20', '21']);
  });

  it('ends early with enough finds, and knows the hops', async () => {
    const world: World = { f0: ['80'], '80': ['40'], '40': 'has it' };
    const { hops, requests } = await run(world, ['f0'], { enough: 1 });
    expect([hops, requests]).toEqual([3, 3]);
  });

  it('does not wait for nodes that are silent', async () => {
    const world: World = { f0: ['10', '20', '30', '40', '50'], '10': 'silent', '20': 'silent' };
    const { closest } = await run(world, ['f0']);
    expect(names(closest)).toEqual(['30', '40', '50']);
    expect(clock.now()).toBeLessThan(1_100);
  });

  it('waits when nobody but the silent is left', async () => {
    const { closest } = await run({ f0: 'silent' }, ['f0']);
    expect([closest, clock.now()]).toEqual([[], 7_000]);
  });

  it('ends at once without anybody to ask', async () => {
    expect(await run({}, [])).toEqual({ closest: [], hops: 0, requests: 0 });
  });

  it('asks no node on two paths', async () => {
    const world: World = { f0: ['10', '20', '30'], f1: ['10', '20', '30'], f2: ['10', '20'] };
    await run(world, ['f0', 'f1', 'f2'], { paths: 3 });
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('finds over another path what a liar hides on its own', async () => {
    // The liar's accomplices claim to be nearest; on one path they would be all that is looked at.
    const world: World = { f0: ['01', '02', '03', '04'], f1: ['80'], '80': 'has it' };
    for (const liar of ['01', '02', '03', '04']) world[liar] = ['01', '02', '03', '04'];
    expect((await run(world, ['f0', 'f1'], { paths: 2, enough: 2, width: 3 })).hops).toBe(2);
  });

  it('does not wait for a path that liars hold up once the other paths have found it', async () => {
    const world: World = { f0: ['80'], '80': 'has it', f1: ['81'], '81': 'has it', f2: 'silent' };
    const begin = clock.now();
    const plan = { paths: 3, enough: 3, stallMs: 500 };
    const { hops } = await run(world, ['f0', 'f1', 'f2'], plan);
    expect([hops, clock.now() - begin]).toEqual([2, 520]);
  });

  it('does not believe a node that has named two which do not answer', async () => {
    const invented = ['01', '02', '03', '04', '05', '06', '07', '08', '09'];
    const world: World = { f0: invented, f1: ['40'], '40': 'has it' };
    for (const id of invented) world[id] = 'silent';
    const begin = clock.now();
    await run(world, ['f0', 'f1'], { alpha: 3, enough: 1, perSubnet: 9 });
    // Three at a time, and one more that was asked when the first of them had stalled.
    expect(asked.filter((name) => invented.includes(name))).toHaveLength(4);
    expect(clock.now() - begin).toBeLessThan(600);
  });

  it('asks whom somebody trustworthy has named, too, although a liar has named it', async () => {
    const world: World = { f0: ['01', '02', '03', '40'], f1: ['40'], '40': 'has it' };
    for (const id of ['01', '02', '03']) world[id] = 'silent';
    expect((await run(world, ['f0', 'f1'], { alpha: 3, enough: 1 })).hops).toBe(2);
  });

  it('can be given up', async () => {
    const controller = new AbortController();
    const pending = run({ f0: 'silent' }, ['f0'], { signal: controller.signal });
    controller.abort();
    expect((await pending).closest).toEqual([]);
  });

  it('asks the quickest of the nearest', async () => {
    const world: World = { '10': [], '20': [], '30': [], '40': [] };
    const cost = ({ id }: Contact): number => (id.key.startsWith('3') ? 1 : 100);
    await run(world, ['10', '20', '30', '40'], { alpha: 1, choices: 3 }, { cost });
    expect(asked).toEqual(['30', '10', '20', '40'].slice(0, asked.length));
    expect(asked[0]).toBe('30');
  });

  it('asks as many at once as it needs of those that are likely to have it', async () => {
    const names = ['10', '11', '12', '13', '14', '15'];
    const world: World = Object.fromEntries(names.map((name) => [name, 'has it' as const]));
    const begin = clock.now();
    const plan = { alpha: 1, enough: 4, width: 6, perSubnet: 6 };
    const { requests } = await run(world, names, plan, { isNear: () => true });
    // Two, and as these do not agree the others.
    expect(requests).toBe(4);
    expect(clock.now() - begin).toBe(20);
  });

  it('asks no third replica where two agree', async () => {
    const world: World = { '10': 'has the same', '11': 'has the same', '12': 'has the same' };
    const plan = { alpha: 3, enough: 3 };
    const { requests } = await run(world, Object.keys(world), plan, { isNear: () => true });
    expect(requests).toBe(2);
  });

  it('asks some more than it needs where it is told to, and so waits for no straggler', async () => {
    const world: World = { '10': 'has it', '11': 'silent', '12': 'has it', '13': 'has it' };
    const begin = clock.now();
    const plan = { alpha: 1, enough: 2, hedge: 1, width: 4, perSubnet: 4 };
    const { requests } = await run(world, Object.keys(world), plan, { isNear: () => true });
    expect(requests).toBe(3);
    expect(clock.now() - begin).toBe(10);
  });

  it('needs one other that agrees where this node has it itself', async () => {
    const world: World = { '10': 'has the same', '11': 'silent', '12': 'silent' };
    const begin = clock.now();
    await run(world, Object.keys(world), { enough: 3, held: true, perSubnet: 3 });
    expect(clock.now() - begin).toBe(10);
  });

  it('is content with two that agree', async () => {
    const same = 'has the same' as const;
    const world: World = { '10': same, '11': same, '12': 'silent', '13': 'silent' };
    const begin = clock.now();
    await run(world, Object.keys(world), { enough: 4, width: 4, perSubnet: 4 });
    expect(clock.now() - begin).toBe(10);
  });
});
