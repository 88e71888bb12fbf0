import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FrameKind } from '@macula/wire';
import { seesAll, SwimMesh, type SwimNode } from '../../test/mesh.ts';

describe('comparisons', () => {
  let mesh: SwimMesh;
  const requests: string[] = [];

  beforeEach(() => {
    requests.length = 0;
    mesh = new SwimMesh({
      onFrame: (from, _to, { kind }) => {
        if (kind === FrameKind.request) requests.push(from.key);
      },
    });
  });
  afterEach(async () => {
    expect(await mesh.close()).toBe(0);
  });

  const role = (node: SwimNode, of: SwimNode) => node.membership.get(of.id)?.metadata['role'];

  it('bring what gossip has missed', async () => {
    const nodes = await mesh.startMany(8, { suspicionMult: 30 });
    await mesh.converge();
    await mesh.clock.advance(10_000);
    const [teller, deaf, ...others] = nodes as [SwimNode, SwimNode, ...SwimNode[]];
    mesh.network.partition(
      deaf.id,
      nodes.filter((node) => node !== deaf).map(({ id }) => id),
    );
    teller.membership.setMetadata({ role: 'seed' });
    await mesh.until(() => others.every((node) => role(node, teller) === 'seed'));
    // Links that are silent for longer would be closed; the news is told no more after so much.
    await mesh.clock.advance(3_000);
    mesh.network.heal();
    await mesh.clock.advance(5_000);
    expect(role(deaf, teller)).toBeUndefined();
    await mesh.until(() => role(deaf, teller) === 'seed', 45_000);
    expect(deaf.events.filter((event) => event.startsWith('failed'))).toEqual([]);
  });

  it('bring thousands of members in parts to somebody who joins', async () => {
    const first = await mesh.start({ fullMeshMembers: 12, rings: 3 });
    const strangers = Array.from({ length: 3_000 }, (_, i) => {
      const { self: id, localAddresses: addresses } = mesh.network.node();
      const metadata = { note: 'x'.repeat(200), number: String(i) };
      return { id, addresses, metadata, incarnation: 1n, status: 'alive' as const };
    });
    const informed = await mesh.start({
      ...{ snapshot: strangers, bootstrap: [first.address], fullMeshMembers: 12, rings: 3 },
    });
    await mesh.until(() => first.membership.get(informed.id) !== undefined, 1_000);
    const newcomer = await mesh.start({
      ...{ bootstrap: [informed.address], fullMeshMembers: 12, rings: 3 },
    });
    await mesh.until(() => newcomer.membership.size >= 3_000, 1_000);
    expect(newcomer.membership.get(strangers[2_999]!.id)?.metadata['number']).toBe('2999');
  });

  it('of nodes that agree cost a few bytes', async () => {
    const nodes = await mesh.startMany(6, { metadata: { note: 'x'.repeat(400) } });
    await mesh.converge();
    await mesh.clock.advance(60_000);
    mesh.network.stats.reset();
    requests.length = 0;
    await mesh.clock.advance(300_000);
    // Each of them began ten, give or take.
    expect(requests.length).toBeGreaterThan(30);
    expect(mesh.network.stats.total.sent.bytes / 6 / 300).toBeLessThan(60);
    expect(nodes.every((node) => seesAll(node, nodes))).toBe(true);
  });
});
