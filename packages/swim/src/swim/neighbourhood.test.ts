import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Link, type Member, NodeId } from '@macula/core';
import { type MemoryLinks, memoryNetwork, seededRandom, virtualClock } from '@macula/testkit';
import { DialGate } from '../dial-gate.ts';
import { Neighbourhood } from './neighbourhood.ts';
import { RingOverlay } from './ring-overlay.ts';

/** A node's neighbourhood amid others that only take its links. */
function setUp(rings: number, fullMeshMembers: number) {
  const clock = virtualClock();
  const network = memoryNetwork({ clock, omniscient: true });
  const links = network.node();
  const statuses = new Map<NodeId, Member['status']>();
  const substitutes: string[] = [];
  const mended: Link[] = [];
  const lost: string[] = [];
  const found: string[] = [];
  const neighbourhood = new Neighbourhood(
    { links, clock, random: seededRandom(2), gate: new DialGate(16) },
    {
      ...{ fullMeshMembers, rings, dialTimeoutMs: 5_000 },
      present: () => Array.from(statuses, ([id, status]) => ({ id, status })),
      locate: () => undefined,
      onLost: (key) => lost.push(key),
      onFound: (key) => found.push(key),
      onSubstitute: (key) => substitutes.push(key),
      onMended: (link) => mended.push(link),
    },
  );
  neighbourhood.start();
  return {
    ...{ clock, network, links, neighbourhood, substitutes, mended, lost, found },
    arrive: async (count: number): Promise<MemoryLinks[]> => {
      const others = Array.from({ length: count }, () => network.node());
      for (const { self } of others) {
        statuses.set(self, 'alive');
        neighbourhood.arrived(self);
      }
      await clock.advance(1_000);
      return others;
    },
    depart: (id: NodeId) => {
      statuses.delete(id);
      neighbourhood.departed(id);
    },
    doubt: (id: NodeId) => {
      statuses.set(id, 'suspect');
      neighbourhood.doubted(id);
    },
    trust: (id: NodeId) => {
      statuses.set(id, 'alive');
      neighbourhood.trusted(id);
    },
    /** Neighbours now, and those that the rings demand. */
    kept: () => [...statuses.keys()].filter(({ key }) => neighbourhood.has(key)),
    demanded: () => {
      const overlay = new RingOverlay(links.self, rings);
      for (const [id, status] of statuses) if (status === 'alive') overlay.add(id);
      return [...overlay.neighbours().values()];
    },
    close: async () => {
      neighbourhood.stop();
      await clock.complete(network.stop());
      await clock.advance(10_000);
      return links.pinned.length + clock.pendingTimers;
    },
  };
}

const keys = (ids: Iterable<NodeId>) => Array.from(ids, ({ key }) => key).sort();

describe('a neighbourhood on rings', () => {
  let node: ReturnType<typeof setUp>;

  beforeEach(() => {
    node = setUp(2, 8);
  });
  afterEach(async () => {
    expect(await node.close()).toBe(0);
  });

  it('is everybody up to its limit, and those next on the rings beyond', async () => {
    await node.arrive(8);
    expect([node.neighbourhood.size, node.neighbourhood.watchers]).toEqual([8, 8]);
    await node.arrive(12);
    expect(keys(node.kept())).toEqual(keys(node.demanded()));
    expect(node.neighbourhood.watchers).toBe(4);
    expect(keys(node.links.pinned)).toEqual(keys(node.demanded()));
  });

  it('is everybody again only when the mesh has shrunk by a quarter', async () => {
    const others = await node.arrive(9);
    const leave = () => node.depart(others.pop()!.self);
    for (let i = 0; i < 3; i++) leave();
    expect(node.neighbourhood.watchers).toBe(4);
    leave();
    expect([node.neighbourhood.size, node.neighbourhood.watchers]).toEqual([5, 5]);
  });

  it('closes around a suspect, and keeps the link to it until its end', async () => {
    await node.arrive(20);
    const suspect = node.kept()[0] as NodeId;
    node.doubt(suspect);
    expect(keys(node.kept())).toEqual(keys([...node.demanded(), suspect]));
    expect(keys(node.links.pinned)).toContain(suspect.key);
    await node.clock.advance(1_000);
    expect(node.neighbourhood.sample(10).map(({ peer }) => peer.key)).toContain(suspect.key);
    node.depart(suspect);
    expect(keys(node.kept())).toEqual(keys(node.demanded()));
    expect(keys(node.links.pinned)).not.toContain(suspect.key);
  });

  it('takes a suspect that objects back in the place of those who stood in', async () => {
    await node.arrive(20);
    const before = keys(node.kept());
    const suspect = node.kept()[0] as NodeId;
    node.doubt(suspect);
    expect(keys(node.kept())).not.toEqual(before);
    node.trust(suspect);
    expect(keys(node.kept())).toEqual(before);
    // Like any other, it is given up for newcomers that are nearer.
    await node.arrive(200);
    expect(node.demanded().some(({ key }) => key === suspect.key)).toBe(false);
    expect(keys(node.kept())).toEqual(keys(node.demanded()));
  });

  it('keeps no link to suspects that were no neighbours', async () => {
    const others = await node.arrive(20);
    const { neighbourhood } = node;
    for (const { self } of others) if (!neighbourhood.has(self.key)) node.doubt(self);
    expect(keys(node.kept())).toEqual(keys(node.demanded()));
  });

  it('keeps links to a bounded number of suspects, the latest ones', async () => {
    await node.arrive(60);
    const doubted: NodeId[] = [];
    while (doubted.length < 20) {
      const next = node.demanded()[0] as NodeId;
      doubted.push(next);
      node.doubt(next);
    }
    const suspects = node.kept().filter(({ key }) => doubted.some((id) => id.key === key));
    expect(keys(suspects)).toEqual(keys(doubted.slice(-8)));
  });

  it('probes those who stand in, and compares with them once there is a link', async () => {
    await node.arrive(20);
    const before = new Set(keys(node.kept()));
    expect([node.substitutes, node.mended]).toEqual([[], []]);
    node.doubt(node.kept()[0] as NodeId);
    const fresh = keys(node.demanded()).filter((key) => !before.has(key));
    expect(fresh.length).toBeGreaterThan(0);
    expect([...node.substitutes].sort()).toEqual(fresh);
    expect(node.mended).toEqual([]);
    await node.clock.advance(1_000);
    expect(keys(node.mended.map(({ peer }) => peer))).toEqual(fresh);
  });

  it('compares at once with those who stand in where there is a link already', async () => {
    await node.arrive(20);
    const suspect = node.kept()[0] as NodeId;
    node.doubt(suspect);
    await node.clock.advance(1_000);
    node.trust(suspect);
    node.mended.length = 0;
    node.doubt(suspect);
    expect(node.mended.length).toBeGreaterThan(0);
  });

  it('does not compare over links that are new for other reasons', async () => {
    await node.arrive(20);
    await node.arrive(20);
    const [neighbour] = node.kept() as [NodeId];
    await node.clock.complete(node.links.get(neighbour)!.close());
    await node.clock.advance(1_000);
    expect(node.links.get(neighbour)).toBeDefined();
    expect(node.mended).toEqual([]);
    expect(node.found).toContain(neighbour.key);
  });

  it('wants news told at least as often as it has neighbours, which all take their turn', async () => {
    expect(node.neighbourhood.minTold).toBe(0);
    await node.arrive(8);
    expect(node.neighbourhood.minTold).toBe(0);
    await node.arrive(20);
    const { neighbourhood } = node;
    expect(neighbourhood.minTold).toBe(neighbourhood.size);
    const told = Array.from({ length: neighbourhood.size }, () => neighbourhood.audience(1)[0]!);
    expect(keys(told.map(({ peer }) => peer))).toEqual(keys(node.kept()));
  });

  it('names each neighbour once, however many are asked for', async () => {
    await node.arrive(20);
    const { neighbourhood } = node;
    const everybody = keys(node.kept());
    expect(keys(neighbourhood.audience(100).map(({ peer }) => peer))).toEqual(everybody);
    expect(keys(neighbourhood.sample(100).map(({ peer }) => peer))).toEqual(everybody);
    const [one, ...others] = everybody;
    expect(keys(neighbourhood.sample(100, one).map(({ peer }) => peer))).toEqual(others);
    expect(neighbourhood.sample(2)).toHaveLength(2);
  });
});

describe('a neighbourhood that loses links', () => {
  it('knows since when, and whether they fell silent', async () => {
    const node = setUp(2, 8);
    const [crashed, closing] = (await node.arrive(4)) as [MemoryLinks, MemoryLinks];
    const { clock, neighbourhood } = node;
    expect(neighbourhood.absence(crashed.self.key)).toBeUndefined();
    node.network.crash(crashed.self);
    const start = clock.now();
    await clock.runUntil(() => node.lost.length > 0, { limitMs: 10_000 });
    expect(node.lost).toEqual([crashed.self.key]);
    expect(neighbourhood.absence(crashed.self.key)).toEqual({ since: clock.now(), silent: true });
    expect(clock.now() - start).toBeGreaterThan(1_000);
    await closing.stop();
    await clock.advance(100);
    expect(neighbourhood.absence(closing.self.key)?.silent).toBe(false);
    expect(neighbourhood.absence(NodeId.fromBytes(new Uint8Array(32)).key)).toBeUndefined();
    expect(await node.close()).toBe(0);
  });

  it('takes it for its own fault when more than three in four are gone', async () => {
    const node = setUp(2, 8);
    const others = await node.arrive(8);
    const { clock, neighbourhood } = node;
    for (const [index, { self }] of others.slice(0, 7).entries()) {
      expect(neighbourhood.connected).toBe(true);
      expect(index).toBeLessThan(7);
      node.network.crash(self);
      await clock.advance(6_000);
    }
    expect(neighbourhood.connected).toBe(false);
    expect(await node.close()).toBe(0);
  });
});
