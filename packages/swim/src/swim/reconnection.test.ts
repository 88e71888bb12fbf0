import { afterEach, describe, expect, it } from '@jest/globals';
import { seededRandom } from '@macula/testkit';
import { seesAll, SwimMesh, type SwimNode } from '../../test/mesh.ts';
import { reconnectDelay } from './reconnection.ts';

describe('members that have failed', () => {
  let mesh: SwimMesh;

  afterEach(async () => {
    expect(await mesh.close()).toBe(0);
  });

  /** How often anybody dials `dead` in ten minutes. */
  async function dials(count: number): Promise<number> {
    mesh = new SwimMesh();
    let dialled = 0;
    const counted = () => {
      const links = mesh.network.node();
      const link = links.link.bind(links);
      links.link = (peer, options) => {
        if (peer.equals(dead.id)) dialled++;
        return link(peer, options);
      };
      return links;
    };
    const dead = await mesh.start({ forgetMs: 3_600_000 });
    const rest: SwimNode[] = [];
    while (rest.length < count - 1) {
      const links = counted();
      rest.push(await mesh.start({ links, bootstrap: [dead.address], forgetMs: 3_600_000 }));
    }
    await mesh.converge();
    mesh.network.crash(dead.id);
    await mesh.until(() =>
      rest.every(({ membership }) => membership.get(dead.id)?.status === 'failed'),
    );
    await mesh.clock.advance(10_000);
    dialled = 0;
    await mesh.clock.advance(600_000);
    return dialled;
  }

  it('are tried as often by many as by few', async () => {
    const few = await dials(3);
    expect(await mesh.close()).toBe(0);
    const many = await dials(16);
    // Sixty intervals.
    expect(few).toBeGreaterThan(30);
    expect(few).toBeLessThan(110);
    expect(many).toBeGreaterThan(30);
    expect(many).toBeLessThan(110);
  });

  it.each([1, 2, 3])('are found again soon after a short cut (halves, seed %i)', async (seed) => {
    mesh = new SwimMesh({ random: seededRandom(seed) });
    const nodes = await mesh.startMany(12);
    await mesh.converge();
    const halves = [nodes.slice(0, 6), nodes.slice(6)] as const;
    const ids = halves.map((half) => half.map(({ id }) => id));
    mesh.network.partition(ids[0]!, ids[1]!);
    await mesh.until(() => halves.every((half) => half.every((node) => seesAll(node, half))));
    await mesh.clock.advance(3_000);
    mesh.network.heal();
    await mesh.converge(nodes, 4_000);
  });
});

describe('reconnectDelay', () => {
  it.each([
    [0, 1_000],
    [4_999, 1_000],
    [15_000, 3_000],
    [50_000, 10_000],
    [51_000, 10_000],
    [Infinity, 10_000],
  ])('is, %d ms after the latest failure, %d ms of 10 s', (sinceMs, delayMs) => {
    expect(reconnectDelay(sinceMs, 10_000)).toBe(delayMs);
  });
});
