import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { NotRunningError } from '@macula/core';
import { FrameKind, FrameWriter } from '@macula/wire';
import type { MemoryNetworkOptions } from '@macula/testkit';
import { seesAll, SwimMesh, type SwimNode } from '../../test/swim-mesh.ts';
import { encodeRumour } from './rumour.ts';
import { SwimFrames } from './swim-frames.ts';
import type { SwimOptions } from './swim-options.ts';

// Simulated minutes of many nodes: seconds here, more on a machine with other work.
jest.setTimeout(60_000);

describe('membership by SWIM', () => {
  let mesh: SwimMesh;

  const settled = async (
    count: number,
    options: SwimOptions = {},
    network: MemoryNetworkOptions = {},
  ): Promise<SwimNode[]> => {
    mesh = new SwimMesh(network);
    const nodes = await mesh.startMany(count, options);
    await mesh.converge();
    await mesh.clock.advance(10_000);
    for (const { events } of nodes) events.length = 0;
    return nodes;
  };
  const heard = (nodes: readonly SwimNode[], type: string): number =>
    nodes.flatMap(({ events }) => events).filter((event) => event.startsWith(type)).length;
  const ids = (nodes: readonly SwimNode[]) => nodes.map(({ id }) => id);

  afterEach(async () => {
    expect(await mesh.close()).toBe(0);
  });

  describe('joining and leaving', () => {
    it('lets nodes that know one address find all others', async () => {
      const nodes = await settled(20);
      expect(nodes.every(({ membership }) => membership.settled)).toBe(true);
      expect(nodes.every(({ membership }) => membership.neighbours === 19)).toBe(true);
    });

    it('keeps trying until its bootstrap node is there', async () => {
      mesh = new SwimMesh();
      const absent = mesh.network.node();
      await absent.stop();
      const early = await mesh.start({ bootstrap: absent.localAddresses });
      await mesh.clock.advance(20_000);
      expect(early.membership.settled).toBe(false);
      const late = await mesh.start({ links: mesh.network.restart(absent.self) });
      await mesh.converge([early, late]);
      expect(early.membership.settled).toBe(true);
    });

    it('joins meshes that were begun apart when a node knows both', async () => {
      mesh = new SwimMesh();
      const one = await mesh.startMany(4);
      const other = await mesh.startMany(4);
      await mesh.clock.advance(5_000);
      await mesh.start({ bootstrap: [one[1]?.address, other[1]?.address].flatMap((a) => a ?? []) });
      await mesh.converge();
    });

    it('takes a node back that has left and comes again', async () => {
      const [, , last, ...rest] = (await settled(5)) as [SwimNode, SwimNode, SwimNode];
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
      const [first, second] = (await settled(4)) as [SwimNode, SwimNode];
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
      const [first] = (await settled(2)) as [SwimNode];
      await first.membership.stop();
      await first.membership.stop();
      await expect(first.membership.start()).rejects.toThrow(NotRunningError);
    });
  });

  describe('failures', () => {
    it('are found within two periods by the median, and by everybody soon after', async () => {
      await settled(32);
      const delays: number[] = [];
      for (let trial = 0; trial < 25; trial++) {
        await mesh.clock.advance(3_000 + 137 * trial);
        const victim = mesh.nodes.pop() as SwimNode;
        const name = mesh.name(victim.id);
        const start = mesh.clock.now();
        mesh.network.crash(victim.id);
        await mesh.clock.runUntil(() => heard(mesh.nodes, `suspected ${name}`) > 0);
        delays.push(mesh.clock.now() - start);
        await mesh.until(() => mesh.nodes.every((node) => seesAll(node, mesh.nodes)));
      }
      expect(delays.sort((a, b) => a - b)[12]).toBeLessThanOrEqual(2_000);
    });

    it('are agreed on sooner than a suspicion lasts, where links have fallen silent, too', async () => {
      const nodes = await settled(10, { suspicionMult: 10 });
      const rest = nodes.slice(1);
      mesh.network.crash(nodes[0]?.id as SwimNode['id']);
      // Ten periods from the first suspicion on, and that takes one at least.
      await mesh.until(() => rest.every((node) => seesAll(node, rest)), 10_000);
    });

    it('of half of all members at once are agreed on within ten periods', async () => {
      const nodes = await settled(20);
      const rest = nodes.slice(0, 10);
      for (const { id } of nodes.slice(10)) mesh.network.crash(id);
      await mesh.until(() => rest.every((node) => seesAll(node, rest)), 10_000);
      expect(heard(rest, 'failed')).toBe(100);
    });

    it('are not seen where only the way between two members is cut', async () => {
      const nodes = await settled(8);
      mesh.network.partition(nodes[0]?.id ?? [], nodes[1]?.id ?? []);
      await mesh.clock.advance(120_000);
      expect(heard(nodes, 'failed')).toBe(0);
    });

    it.each([0.01, 0.05])('are not seen at %d loss', async (loss) => {
      const nodes = await settled(6, {}, { loss });
      await mesh.clock.advance(300_000);
      expect(heard(nodes, 'failed')).toBe(0);
    });

    it('are found over streams alone where datagrams do not fit', async () => {
      const nodes = await settled(5, {}, { datagramBytes: 1 });
      await mesh.clock.advance(60_000);
      expect(heard(nodes, 'suspected')).toBe(0);
      mesh.network.crash(nodes[4]?.id as SwimNode['id']);
      const rest = nodes.slice(0, 4);
      await mesh.until(() => rest.every((node) => seesAll(node, rest)));
    });

    it('are not seen where datagrams vanish for a moment: the stream carries a probe once more', async () => {
      const nodes = await settled(2);
      for (let time = 0; time < 20; time++) {
        // Longer than a probe's timeout, shorter than its period.
        const heal = mesh.network.partition(nodes[0]?.id ?? [], nodes[1]?.id ?? []);
        await mesh.clock.advance(700);
        heal();
        await mesh.clock.advance(2_000 + 130 * time);
      }
      expect(heard(nodes, 'suspected')).toBe(0);
    });

    it('of a partition heal: both halves give each other up and find each other again', async () => {
      const nodes = await settled(12);
      mesh.network.partition(ids(nodes.slice(0, 6)), ids(nodes.slice(6)));
      await mesh.clock.advance(90_000);
      expect(seesAll(nodes[0] as SwimNode, nodes.slice(0, 6))).toBe(true);
      mesh.network.heal();
      await mesh.converge(nodes, 120_000);
    });
  });

  describe('a node that stands still', () => {
    it('is suspected, refutes that when it goes on, and accuses nobody of its own fault', async () => {
      const nodes = await settled(10);
      const [slow, ...others] = nodes as [SwimNode, ...SwimNode[]];
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
      const nodes = await settled(10);
      const [slow, other] = nodes as [SwimNode, SwimNode];
      const { incarnation } = other.membership.self;
      const links = mesh.nodes[2]?.links.get(slow.id);
      const accuser = mesh.nodes[2]?.id as SwimNode['id'];
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
      const nodes = await settled(5, { extensions: off });
      const [slow] = nodes as [SwimNode];
      mesh.network.pause(slow.id);
      await mesh.clock.advance(3_000);
      mesh.network.resume(slow.id);
      await mesh.clock.advance(1_000);
      expect(slow.membership.localHealth).toBe(0);
      await mesh.converge();
    });
  });

  describe('what peers send', () => {
    const kinds = ['swimProbe', 'swimProbeRequest', 'swimAck', 'swimNack', 'swimGossip'] as const;

    it.each(kinds)(
      'that is malformed (%s) costs them their link and nothing else',
      async (kind) => {
        const [first, second, third] = (await settled(3)) as [SwimNode, SwimNode, SwimNode];
        const garbage = new FrameWriter().empty().frame(FrameKind[kind], Uint8Array.of(0x0a, 0xff));
        second.links.get(first.id)?.send(garbage);
        await mesh.clock.advance(10);
        expect(mesh.network.failures).toHaveLength(1);
        await mesh.converge([first, second, third]);
        expect(heard([third], 'failed')).toBe(0);
      },
    );

    it('that is a malformed comparison is refused', async () => {
      const [first, second] = (await settled(2)) as [SwimNode, SwimNode];
      const link = second.links.get(first.id);
      for (const body of [Uint8Array.of(0x08, 0x03), Uint8Array.of(0xff)]) {
        await expect(
          mesh.clock.complete(link?.request(FrameKind.swimSync, body) as Promise<Uint8Array>),
        ).rejects.toMatchObject({ name: 'RequestFailedError' });
      }
    });

    it('about a node itself is refuted by it', async () => {
      const nodes = await settled(6);
      const [first, second] = nodes as [SwimNode, SwimNode];
      for (const status of ['suspect', 'failed', 'left'] as const) {
        const { incarnation } = first.membership.self;
        const lie = { ...first.membership.self, status, incarnation, accuser: second.id };
        second.links.get(first.id)?.send(new SwimFrames().gossip([encodeRumour(lie)]));
        await mesh.clock.advance(3_000);
        expect(first.membership.self.incarnation).toBeGreaterThan(incarnation);
      }
      await mesh.converge();
      expect(nodes.every(({ membership }) => membership.get(first.id)?.status !== 'failed')).toBe(
        true,
      );
    });

    it('about an impossibly late life is not outdone', async () => {
      const [first, second] = (await settled(3)) as [SwimNode, SwimNode];
      const before = first.membership.self.incarnation;
      const lie = {
        ...first.membership.self,
        incarnation: 2n ** 64n - 1n,
        status: 'alive' as const,
      };
      second.links.get(first.id)?.send(new SwimFrames().gossip([encodeRumour(lie)]));
      await mesh.clock.advance(1_000);
      expect(first.membership.self.incarnation).toBe(before);
    });

    it('about an impossibly late life of another is neither believed nor passed on', async () => {
      const [first, second, third] = (await settled(3)) as [SwimNode, SwimNode, SwimNode];
      const { incarnation } = third.membership.self;
      const claim = (by: bigint, status: 'alive' | 'failed') =>
        encodeRumour({
          ...third.membership.self,
          ...{ incarnation: incarnation + by, status, accuser: second.id },
        });
      const link = second.links.get(first.id);
      link?.send(new SwimFrames().gossip([claim(2n * 86_400_000n, 'failed')]));
      await mesh.clock.advance(1_000);
      expect(first.membership.get(third.id)).toMatchObject({ status: 'alive', incarnation });
      // What is just believed can still be outdone.
      link?.send(new SwimFrames().gossip([claim(86_000_000n, 'failed')]));
      await mesh.until(() => (first.membership.get(third.id)?.incarnation ?? 0n) > incarnation);
      await mesh.converge();
    });

    it('about members that do not exist costs a dial or two each, and a few seconds', async () => {
      const [first, second] = (await settled(3)) as [SwimNode, SwimNode];
      const made = Array.from({ length: 50 }, () => {
        const invented = mesh.network.node();
        mesh.network.crash(invented.self);
        const { self: id, localAddresses: addresses } = invented;
        const said = { id, addresses, metadata: {}, incarnation: 1n, status: 'alive' as const };
        return encodeRumour(said);
      });
      second.links.get(first.id)?.send(new SwimFrames().gossip(made));
      await mesh.clock.advance(100);
      expect(first.membership.size).toBe(52);
      // The liar believes nothing of this, and so confirms no suspicion.
      await mesh.until(() => first.membership.size === 2, 30_000);
      expect(first.links.pinned).toHaveLength(2);
    });

    it('cannot fill the table beyond its bound', async () => {
      const [first, second] = (await settled(2, { maxMembers: 20 })) as [SwimNode, SwimNode];
      const made = Array.from({ length: 100 }, () => encodeRumour(stranger(mesh)));
      second.links.get(first.id)?.send(new SwimFrames().gossip(made));
      await mesh.clock.advance(100);
      expect([...first.membership.members()]).toHaveLength(20);
    });
  });
});

function stranger(mesh: SwimMesh) {
  const { self, localAddresses } = mesh.network.node();
  return {
    id: self,
    addresses: localAddresses,
    metadata: {},
    incarnation: 1n,
    status: 'alive' as const,
  };
}
