import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom } from '@macula/testkit';
import { seesAll, SwimMesh, type SwimNode } from '../../test/mesh.ts';
import { StatementPool } from './statement-pool.ts';
import { createSwim } from './swim.ts';

describe('a node that remembers members from an earlier life', () => {
  let mesh: SwimMesh;

  beforeEach(() => {
    mesh = new SwimMesh();
  });
  afterEach(async () => {
    expect(await mesh.close()).toBe(0);
  });

  it('needs no bootstrap address, and gives up those who are gone', async () => {
    const nodes = await mesh.startMany(6);
    await mesh.converge();
    const [first, second, third] = nodes as [SwimNode, SwimNode, SwimNode];
    const snapshot = [...first.membership.members()];
    mesh.network.crash(first.id);
    mesh.network.crash(second.id);
    const rest = nodes.slice(2);
    await mesh.until(() => rest.every((node) => seesAll(node, rest)));

    const again = await mesh.start({ links: mesh.network.restart(first.id), snapshot });
    expect(again.membership.size).toBe(5);
    expect(again.membership.get(second.id)?.status).toBe('alive');
    await mesh.converge([again, ...rest]);
    expect(again.events).toContain(`failed ${mesh.name(second.id)}`);
    expect(third.membership.get(second.id)?.status).toBe('failed');
  });

  it('does not take up those who were suspect or had left', async () => {
    const other = await mesh.start();
    const { self } = other.membership;
    const snapshot = (['suspect', 'failed', 'left'] as const).map((status) => ({
      ...self,
      status,
      id: mesh.network.node().self,
    }));
    const node = await mesh.start({ snapshot: [...snapshot, self] });
    expect([...node.membership.members()].map(({ id }) => id.key)).toEqual([other.id.key]);
  });

  it('takes the latest of several words about one member, and none of times to come', async () => {
    const other = await mesh.start({ incarnation: 5n });
    const { self } = other.membership;
    const inDays = BigInt(mesh.clock.wallTime() + 2 * 86_400_000);
    const prophecy = { ...self, id: mesh.network.node().self, incarnation: inDays };
    const older = { ...self, incarnation: 4n };
    const node = await mesh.start({ snapshot: [older, self, older, prophecy] });
    expect([...node.membership.members()]).toEqual([self]);
    expect(node.events).toEqual([`joined ${mesh.name(other.id)}`]);
  });

  it('rises above what it said of itself in that life', async () => {
    const links = mesh.network.node();
    const { self } = (await mesh.start()).membership;
    const former = { ...self, id: links.self, incarnation: 7n };
    const node = await mesh.start({ links, incarnation: 7n, snapshot: [former] });
    expect(node.membership.self.incarnation).toBe(7n);
    const earlier = await mesh.start({ incarnation: 6n, snapshot: [] });
    expect(earlier.membership.self.incarnation).toBe(6n);
    const late = mesh.network.node();
    const slow = await mesh.start({
      links: late,
      incarnation: 6n,
      snapshot: [{ ...former, id: late.self }],
    });
    expect(slow.membership.self.incarnation).toBe(8n);
  });

  it('stops at once when it is told to amid its memories', async () => {
    const snapshot = Array.from({ length: 5 }, () => ({
      id: mesh.network.node().self,
      addresses: [],
      metadata: {},
      incarnation: 1n,
      status: 'alive' as const,
    }));
    const links = mesh.network.node();
    const { clock } = links;
    const membership = createSwim({ links, clock, random: seededRandom(1) }, { snapshot });
    let told = 0;
    membership.onChange(() => {
      told++;
      void membership.stop();
    });
    await membership.start();
    expect([told, membership.size, links.pinned.length]).toEqual([1, 0, 0]);
  });
});

describe('nodes of one process that share statements', () => {
  it('begin with one snapshot, and each goes its own way', async () => {
    const mesh = new SwimMesh();
    const [first, second, third] = await mesh.startMany(3);
    await mesh.converge();
    const snapshot = [...(first as SwimNode).membership.members()];
    const statements = new StatementPool();
    const newcomers = await Promise.all([
      mesh.start({ statements, snapshot }),
      mesh.start({ statements, snapshot }),
    ]);
    mesh.network.crash((third as SwimNode).id);
    await mesh.converge([first as SwimNode, second as SwimNode, ...newcomers]);
    for (const { events, membership } of newcomers) {
      expect(events).toContain(`failed ${mesh.name((third as SwimNode).id)}`);
      expect(membership.size).toBe(3);
    }
    expect(statements.snapshot(snapshot).table.size).toBe(2);
    expect(await mesh.close()).toBe(0);
  });
});

describe('whose addresses links are taught', () => {
  it.each(['members', 'neighbours'] as const)('are those of %s', async (teachLinks) => {
    const mesh = new SwimMesh();
    const nodes = await mesh.startMany(20, { fullMeshMembers: 8, rings: 1, teachLinks });
    // One ring is a thin overlay, on which some learn of some only by comparing.
    await mesh.converge(nodes, 180_000);
    const node = nodes[5] as SwimNode;
    const far = nodes.filter(
      ({ id, links }) =>
        !id.equals(node.id) &&
        node.links.get(id) === undefined &&
        !links.pinned.some((pinned) => pinned.equals(node.id)),
    );
    expect(far.length).toBeGreaterThan(5);
    const dialled = await mesh.clock.complete(
      Promise.allSettled(far.map(({ id }) => node.links.link(id))),
    );
    const reached = dialled.filter(({ status }) => status === 'fulfilled').length;
    expect(reached).toBe(teachLinks === 'members' ? far.length : 0);
    expect(await mesh.close()).toBe(0);
  });
});
