import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { NotRunningError } from '@macula/core';
import { givenUpBy, heard, isFullMesh, seesAll, SwimMesh, type SwimNode } from '../../test/mesh.ts';
import { encodeRumour } from './rumour.ts';
import { SwimFrames } from './swim-frames.ts';

// Simulated minutes of many nodes: seconds here, more on a machine with other work.
jest.setTimeout(60_000);

describe('membership by SWIM', () => {
  let mesh: SwimMesh;

  beforeEach(() => {
    mesh = new SwimMesh();
  });
  const ids = (nodes: readonly SwimNode[]) => nodes.map(({ id }) => id);

  afterEach(async () => {
    expect(await mesh.close()).toBe(0);
  });

  describe('joining and leaving', () => {
    it('lets nodes that know one address find all others', async () => {
      const nodes = await mesh.settle(20);
      expect(nodes.every(({ membership }) => membership.settled)).toBe(true);
      expect(nodes.every(({ membership }) => membership.neighbours === 19)).toBe(true);
    });

    it('keeps trying until its bootstrap node is there', async () => {
      const absent = mesh.network.node();
      await absent.stop();
      const early = await mesh.start({ bootstrap: absent.localAddresses });
      await mesh.clock.advance(20_000);
      expect(early.membership.settled).toBe(false);
      const late = await mesh.start({ links: mesh.network.restart(absent.self) });
      await mesh.converge([early, late]);
      expect(early.membership.settled).toBe(true);
    });

    it('tries its bootstrap address again when nobody behind it is a member any more', async () => {
      const [first, ...others] = await mesh.settle(3);
      await first.leave();
      await mesh.converge(others);
      // It knows nobody, and those who have left are not dialled.
      const heir = await mesh.start({ links: mesh.network.restart(first.id) });
      await mesh.converge([heir, ...others], 120_000);
    });

    it('joins meshes that were begun apart when a node knows both', async () => {
      const one = await mesh.startMany(4);
      const other = await mesh.startMany(4);
      await mesh.clock.advance(5_000);
      await mesh.start({ bootstrap: [one[1]?.address, other[1]?.address].flatMap((a) => a ?? []) });
      await mesh.converge();
    });

    it('takes a node back that has left and comes again', async () => {
      const [, , last, ...rest] = await mesh.settle(5);
      await last.leave();
      const others = mesh.nodes.filter((node) => node !== last);
      await mesh.until(() => others.every((node) => seesAll(node, others)));
      expect(heard(others, 'left')).toBe(4);
      await mesh.clock.advance(60_000);
      const again = await mesh.start({
        links: mesh.network.restart(last.id),
        bootstrap: rest.slice(0, 1).map(({ address }) => address),
      });
      await mesh.converge([...others, again]);
      expect(heard(others, 'failed')).toBe(0);
    });

    it('learns of a restart that was too quick to be noticed', async () => {
      const [first, second] = await mesh.settle(4);
      const before = second.membership.self.incarnation;
      mesh.network.crash(second.id);
      await mesh.clock.advance(50);
      const again = await mesh.start({
        links: mesh.network.restart(second.id),
        bootstrap: [first.address],
      });
      const alive = mesh.nodes.filter((node) => node !== second);
      await mesh.converge(alive);
      expect(first.membership.get(again.id)?.incarnation).toBeGreaterThan(before);
    });

    it('refuses to start again, and stops as often as one likes', async () => {
      const [first] = await mesh.settle(2);
      await first.membership.stop();
      await first.membership.stop();
      await expect(first.membership.start()).rejects.toThrow(NotRunningError);
    });
  });

  describe('failures', () => {
    it('are found within two periods by the median, and by everybody soon after', async () => {
      await mesh.settle(32);
      const delays: number[] = [];
      for (let trial = 0; trial < 25; trial++) {
        await mesh.clock.advance(3_000 + 137 * trial);
        for (const { events } of mesh.nodes) events.length = 0;
        const victim = mesh.nodes.pop() as SwimNode;
        const name = mesh.name(victim.id);
        const start = mesh.clock.now();
        mesh.network.crash(victim.id);
        await mesh.clock.runUntil(() => heard(mesh.nodes, `suspected ${name}`) > 0);
        delays.push(mesh.clock.now() - start);
        await mesh.until(() => isFullMesh(mesh.nodes));
      }
      expect(delays.sort((a, b) => a - b)[12]).toBeLessThanOrEqual(2_000);
    });

    it('are agreed on sooner than a suspicion lasts, where links have fallen silent, too', async () => {
      const nodes = await mesh.settle(10, { suspicionMult: 10 });
      const rest = nodes.slice(1);
      mesh.network.crash(nodes[0].id);
      // Ten periods from the first suspicion on, and that takes one at least.
      await mesh.until(() => rest.every((node) => seesAll(node, rest)), 10_000);
    });

    it('of half of all members at once are agreed on within ten periods', async () => {
      const nodes = await mesh.settle(20);
      const rest = nodes.slice(0, 10);
      for (const { id } of nodes.slice(10)) mesh.network.crash(id);
      await mesh.until(() => rest.every((node) => seesAll(node, rest)), 10_000);
      expect(heard(rest, 'failed')).toBe(100);
    });

    it('are not seen where only the way between two members is cut', async () => {
      const nodes = await mesh.settle(8);
      mesh.network.partition(nodes[0].id, nodes[1].id);
      await mesh.clock.advance(120_000);
      expect(heard(nodes, 'failed')).toBe(0);
    });

    it.each([0.01, 0.05])('are not seen at %d loss', async (loss) => {
      mesh = new SwimMesh({ loss });
      const nodes = await mesh.settle(6);
      await mesh.clock.advance(300_000);
      expect(heard(nodes, 'failed')).toBe(0);
    });

    it('are found over streams alone where datagrams do not fit', async () => {
      mesh = new SwimMesh({ datagramBytes: 1 });
      const nodes = await mesh.settle(5);
      await mesh.clock.advance(60_000);
      expect(heard(nodes, 'suspected')).toBe(0);
      mesh.network.crash((nodes[4] as SwimNode).id);
      const rest = nodes.slice(0, 4);
      await mesh.until(() => rest.every((node) => seesAll(node, rest)));
    });

    it('are not seen where datagrams vanish for a moment: the stream carries a probe once more', async () => {
      const nodes = await mesh.settle(2);
      for (let time = 0; time < 20; time++) {
        // Longer than a probe's timeout, shorter than its period.
        const heal = mesh.network.partition(nodes[0].id, nodes[1].id);
        await mesh.clock.advance(700);
        heal();
        await mesh.clock.advance(2_000 + 130 * time);
      }
      expect(heard(nodes, 'suspected')).toBe(0);
    });

    it('of a partition heal: both halves give each other up and find each other again', async () => {
      const nodes = await mesh.settle(12);
      mesh.network.partition(ids(nodes.slice(0, 6)), ids(nodes.slice(6)));
      await mesh.clock.advance(90_000);
      const halves = [nodes.slice(0, 6), nodes.slice(6)];
      expect(halves.every(isFullMesh)).toBe(true);
      for (const { events } of nodes) events.length = 0;
      mesh.network.heal();
      await mesh.converge(nodes, 120_000);
      await mesh.clock.advance(60_000);
      // Each half has given the other up, and tells so; its living members object before anybody believes it.
      expect(givenUpBy(nodes)).toEqual(new Set());
    });
  });

  describe('a node that stands still', () => {
    it('is suspected, refutes that when it goes on, and accuses nobody of its own fault', async () => {
      const nodes = await mesh.settle(10);
      const [slow, ...others] = nodes;
      mesh.network.pause(slow.id);
      await mesh.clock.advance(3_500);
      expect(heard(others, `suspected ${mesh.name(slow.id)}`)).toBeGreaterThan(0);
      mesh.network.resume(slow.id);
      await mesh.clock.advance(100);
      expect(slow.membership.localHealth).toBeGreaterThan(0);
      await mesh.converge();
      expect(heard(nodes, 'failed')).toBe(0);
      await mesh.clock.advance(60_000);
      expect(slow.membership.localHealth).toBe(0);
    });

    it('looks once more before it gives up whom it had suspected', async () => {
      const nodes = await mesh.settle(10);
      const [slow, other] = nodes;
      const { incarnation } = other.membership.self;
      const links = nodes[2].links.get(slow.id);
      const accuser = nodes[2].id;
      const suspicion = encodeRumour({
        id: other.id,
        incarnation,
        addresses: [],
        metadata: {},
        status: 'suspect',
        accuser,
      });
      links?.send(new SwimFrames().gossip([suspicion]));
      await mesh.clock.runUntil(() => slow.membership.get(other.id)?.status === 'suspect');
      mesh.network.pause(slow.id);
      await mesh.clock.advance(40_000);
      mesh.network.resume(slow.id);
      await mesh.clock.advance(60_000);
      expect(slow.events).not.toContain(`failed ${mesh.name(other.id)}`);
    });

    it('is always well with the extensions off', async () => {
      const off = { localHealth: false, confirmations: false, buddy: false };
      const nodes = await mesh.settle(5, { extensions: off });
      const [slow] = nodes;
      mesh.network.pause(slow.id);
      await mesh.clock.advance(3_000);
      mesh.network.resume(slow.id);
      await mesh.clock.advance(1_000);
      expect(slow.membership.localHealth).toBe(0);
      await mesh.converge();
    });
  });
});
