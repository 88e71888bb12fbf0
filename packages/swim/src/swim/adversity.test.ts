import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { noMetrics } from '@macula/core';
import { givenUpBy, SwimMesh, type SwimNode } from '../../test/mesh.ts';
import { encodeRumour, type Rumour } from './rumour.ts';
import { SwimFrames } from './swim-frames.ts';

// Simulated minutes of many nodes: seconds here, more on a machine with other work.
jest.setTimeout(60_000);

const hourMs = 3_600_000;

describe('a mesh in adversity', () => {
  let mesh: SwimMesh;

  beforeEach(() => {
    mesh = new SwimMesh();
  });
  afterEach(async () => {
    expect(await mesh.close()).toBe(0);
  });

  const ids = (nodes: readonly SwimNode[]) => nodes.map(({ id }) => id);
  const tell = (from: SwimNode, to: SwimNode, ...rumours: readonly Rumour[]) =>
    from.links.get(to.id)?.send(new SwimFrames().gossip(rumours.map(encodeRumour)));

  describe('whose cuts go one way', () => {
    it('gives nobody up when only one member cannot reach only one other', async () => {
      const nodes = await mesh.settle(8);
      mesh.network.partition(nodes[0].id, nodes[1].id, { oneWay: true });
      await mesh.clock.advance(120_000);
      expect(givenUpBy(nodes)).toEqual(new Set());
    });

    it.each(['is not heard', 'hears nothing'])(
      'gives up the one that %s and nobody else, and takes it back',
      async (fault) => {
        const nodes = await mesh.settle(10);
        const [faulty, ...others] = nodes;
        const [from, to] =
          fault === 'is not heard' ? [[faulty.id], ids(others)] : [ids(others), [faulty.id]];
        const heal = mesh.network.partition(from, to, { oneWay: true });
        await mesh.until(() =>
          others.every(({ membership }) => membership.get(faulty.id)?.status === 'failed'),
        );
        await mesh.clock.advance(60_000);
        expect(givenUpBy(others)).toEqual(new Set([mesh.name(faulty.id)]));
        heal();
        await mesh.converge(nodes);
      },
    );
  });

  describe('with a member that flaps', () => {
    it('by dying and living again, holds on to all others and ends with the latest life', async () => {
      const nodes = await mesh.settle(8);
      const [first, , , ...rest] = nodes;
      const stable = nodes.slice(0, 7);
      let flapping = rest.at(-1) as SwimNode;
      for (let life = 0; life < 10; life++) {
        mesh.network.crash(flapping.id);
        await mesh.clock.advance(1_000 + 700 * life);
        const links = mesh.network.restart(flapping.id);
        flapping = await mesh.start({ links, bootstrap: [first.address] });
        await mesh.clock.advance(1_000 + 500 * (life % 4));
      }
      await mesh.converge([...stable, flapping], 10_000);
      const { incarnation } = flapping.membership.self;
      for (const { membership } of stable) {
        expect(membership.get(flapping.id)?.incarnation).toBe(incarnation);
      }
      expect([...givenUpBy(stable)].filter((name) => name !== mesh.name(flapping.id))).toEqual([]);
    });

    it('by standing still again and again, holds on to all others', async () => {
      const nodes = await mesh.settle(8);
      const [flapping, ...others] = nodes;
      for (let time = 0; time < 8; time++) {
        mesh.network.pause(flapping.id);
        await mesh.clock.advance(4_500);
        mesh.network.resume(flapping.id);
        await mesh.clock.advance(1_500);
      }
      await mesh.converge(nodes, 20_000);
      expect([...givenUpBy(nodes)].filter((name) => name !== mesh.name(flapping.id))).toEqual([]);
      expect(others.every(({ membership }) => membership.localHealth === 0)).toBe(true);
    });
  });

  describe('with clocks that are wrong', () => {
    it('takes a node back whose clock was set back before it started again', async () => {
      const [first, second, ...others] = await mesh.settle(5);
      const { incarnation } = second.membership.self;
      mesh.network.crash(second.id);
      await mesh.clock.advance(50);
      const again = await mesh.start({
        links: mesh.network.restart(second.id),
        bootstrap: [first.address],
        incarnation: incarnation - BigInt(hourMs),
        metadata: { life: 'second' },
      });
      const knowsOfIt = ({ membership }: SwimNode) =>
        membership.get(again.id)?.metadata['life'] === 'second';
      await mesh.until(() => [first, ...others].every(knowsOfIt), 5_000);
      expect(again.membership.self.incarnation).toBeGreaterThan(incarnation);
      await mesh.converge([first, again, ...others], 1_000);
    });

    it('believes no node that is days ahead, and harms neither it nor itself', async () => {
      const nodes = await mesh.settle(4);
      const links = mesh.network.node({ clockOffsetMs: 48 * hourMs });
      const ahead = await mesh.start({ links, bootstrap: [nodes[0].address] });
      await mesh.clock.advance(60_000);
      expect(ahead.membership.size).toBe(4);
      expect(nodes.map(({ membership }) => membership.size)).toEqual([3, 3, 3, 3]);
      expect([...givenUpBy([...nodes, ahead])]).toEqual([]);
      await ahead.membership.stop();
    });

    it('gives nobody up whose clock runs half as fast again, or a third slower', async () => {
      const nodes = await mesh.settle(6);
      for (const clockRate of [1.5, 2 / 3]) {
        const links = mesh.network.node({ clockRate });
        await mesh.start({ links, bootstrap: [nodes[0].address] });
      }
      await mesh.converge();
      await mesh.clock.advance(300_000);
      expect(givenUpBy(mesh.nodes)).toEqual(new Set());
    });
  });

  it('with two nodes of one ID counts how often one outdoes the other, and holds on to everybody', async () => {
    let outdone = 0;
    const count = () => outdone++;
    const counter = ({ name }: { readonly name: string }) =>
      name === 'macula_swim_outdone_lives_total'
        ? { inc: count }
        : noMetrics.counter({ name, help: '' });
    const original = await mesh.start({ metrics: { ...noMetrics, counter } });
    const nodes = [original, ...(await mesh.startMany(5, { bootstrap: [original.address] }))];
    await mesh.converge(nodes);
    const [, second, third] = nodes as [SwimNode, SwimNode, SwimNode];
    expect(outdone).toBe(0);
    for (let n = 0; n < 100; n++) {
      // What the twin hears of its own ID, it outdoes by its own description.
      const { incarnation } = original.membership.self;
      const twin: Rumour = {
        ...original.membership.self,
        status: 'alive',
        metadata: { twin: 'yes' },
      };
      tell(second, third, { ...twin, incarnation: incarnation + 1n });
      await mesh.clock.advance(300);
    }
    expect(outdone).toBeGreaterThan(75);
    await mesh.until(() =>
      nodes.slice(1).every(({ membership }) => {
        const { metadata, incarnation } = membership.get(original.id) ?? {};
        return incarnation === original.membership.self.incarnation && metadata?.['twin'] !== 'yes';
      }),
    );
    await mesh.converge(nodes);
    expect(givenUpBy(nodes)).toEqual(new Set());
  });
});
