import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { formatAddress } from '@macula/core';
import { type Place, Simulation } from '../test/simulation.ts';
import type { MaculaNode } from './macula-node.ts';

let simulation: Simulation;

beforeEach(() => {
  simulation = new Simulation();
});

afterEach(async () => {
  expect(await simulation.close()).toBe(0);
});

/** A node that hears what is published to all, and tells its name to whoever calls it. */
interface Neighbour {
  readonly name: string;
  readonly node: MaculaNode;
  readonly heard: Set<string>;
}

async function neighbour(name: string, node: MaculaNode): Promise<Neighbour> {
  const heard = new Set<string>();
  await node.subscribe('be.street.*.said', ({ args }) => heard.add(String(args[0])));
  await simulation.clock.complete(node.register(`be.street.${name}.name`, () => name));
  return { name, node, heard };
}

async function street(count: number): Promise<Neighbour[]> {
  const neighbours: Neighbour[] = [];
  for (let i = 0; i < count; i++) {
    const node = await simulation.start(neighbours.slice(0, 1).map((first) => first.node));
    neighbours.push(await neighbour(`n${i}`, node));
  }
  await simulation.clock.advance(1_000);
  return neighbours;
}

let words = 0;

/** Whether what everybody says now reaches everybody, and everybody's procedure can be called by everybody. */
async function talk(neighbours: readonly Neighbour[]): Promise<boolean> {
  const said = `word ${++words}`;
  const publications = neighbours.map(({ name, node }) =>
    node.publish(`be.street.${name}.said`, [said + name]),
  );
  await simulation.clock.complete(Promise.all(publications));
  await simulation.clock.advance(50);
  for (const { name, heard } of neighbours) {
    const others = neighbours.filter((other) => other.name !== name);
    if (!others.every((other) => heard.has(said + other.name))) return false;
  }
  const answers = neighbours.flatMap(({ node }) =>
    neighbours.map(({ name }) =>
      node.call(`be.street.${name}.name`, [], { timeout: 500 }).then(
        (answer) => answer === name,
        () => false,
      ),
    ),
  );
  return (await simulation.clock.complete(Promise.all(answers))).every(Boolean);
}

/** Talks every second until it works. Gives how long that took, in milliseconds. */
async function untilTheyTalk(neighbours: readonly Neighbour[], limitMs: number): Promise<number> {
  const began = simulation.clock.now();
  while (!(await talk(neighbours))) {
    if (simulation.clock.now() - began > limitMs) throw new Error(`not so after ${limitMs} ms`);
    await simulation.clock.advance(1_000);
  }
  return simulation.clock.now() - began;
}

describe('a mesh whose seed is killed', () => {
  it('goes on as if nothing had been, and takes the seed back', async () => {
    const place: Place = await simulation.place();
    const seed = await simulation.start([], {}, place);
    const bootstrap = seed.addresses.map(formatAddress);
    const others: Neighbour[] = [];
    for (const name of ['home', 'utility', 'projections']) {
      others.push(await neighbour(name, await simulation.start([], { bootstrap })));
    }
    await seed.register('be.seed.name', () => 'first life');
    await simulation.clock.advance(1_000);
    expect(await talk(others)).toBe(true);
    simulation.crash(seed);
    // From the first moment on, and with what is new.
    expect(await talk(others)).toBe(true);
    const [home] = others as [Neighbour];
    const late = await neighbour('late', await simulation.start([home.node]));
    await simulation.clock.advance(200);
    expect(await talk([...others, late])).toBe(true);
    await simulation.clock.advance(40_000);
    expect(home.node.members()).toHaveLength(3);
    expect(await talk([...others, late])).toBe(true);

    const links = simulation.network.restart(place.links.self);
    const again = await neighbour('seed', await simulation.start([], {}, { ...place, links }));
    const all = [...others, late, again];
    expect(await untilTheyTalk(all, 60_000)).toBeLessThan(60_000);
    // What its first life has offered is gone.
    const call = home.node.call('be.seed.name', [], { timeout: 500 });
    await expect(simulation.clock.complete(call)).rejects.toThrow();
  });
});

describe('a mesh that falls apart', () => {
  // More than twenty hold each a part of the directory only.
  it.each([4, 8, 26])(
    'heals by itself, %i nodes, with every subscription and registration',
    async (count) => {
      const all = await street(count);
      expect(all.every(({ node }) => node.health().directory.local)).toBe(count <= 20);
      const [left, right] = [all.filter((_, i) => i % 2 === 0), all.filter((_, i) => i % 2 === 1)];
      const ids = (side: readonly Neighbour[]) => side.map(({ node }) => node.id);
      simulation.network.partition(ids(left), ids(right));
      await simulation.clock.advance(60_000);
      for (const side of [left, right]) {
        expect(side.map(({ node }) => node.members().length)).toEqual(
          side.map(() => count / 2 - 1),
        );
        expect(await talk(side)).toBe(true);
      }
      // What is new on one side only.
      const heard: unknown[] = [];
      await left[0]!.node.subscribe('be.street.news', ({ payload }) => heard.push(payload));
      await simulation.clock.complete(right[0]!.node.register('be.street.right', () => 'right'));
      simulation.network.heal();
      expect(await untilTheyTalk(all, 120_000)).toBeLessThan(60_000);
      await simulation.clock.complete(right[1]!.node.publish('be.street.news', 'together'));
      const call = left[1]!.node.call('be.street.right', [], { timeout: 500 });
      expect(await simulation.clock.complete(call)).toBe('right');
      await simulation.clock.advance(100);
      expect(heard).toEqual(['together']);
    },
    120_000,
  );

  it('heals without its seed, while nobody says anything, and what is said first reaches everybody', async () => {
    const [seed, ...all] = (await street(9)) as [Neighbour, ...Neighbour[]];
    simulation.crash(seed.node);
    await simulation.clock.advance(30_000);
    const ids = (side: readonly Neighbour[]) => side.map(({ node }) => node.id);
    simulation.network.partition(ids(all.slice(0, 3)), ids(all.slice(3)));
    await simulation.clock.advance(60_000);
    expect(await talk(all)).toBe(false);
    simulation.network.heal();
    await simulation.clock.advance(60_000);
    expect(all.map(({ node }) => node.members().length)).toEqual(all.map(() => 7));
    expect(await talk(all)).toBe(true);
  });
});
