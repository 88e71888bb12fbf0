import { beforeEach, describe, expect, it } from '@jest/globals';
import { type VirtualClock, virtualClock } from '../clock/virtual-clock.ts';
import { seededRandom } from '../random/seeded-random.ts';
import type { MemoryLinks } from './memory-links.ts';
import { type MemoryNetwork, memoryNetwork } from './memory-network.ts';

const unreachable = expect.objectContaining({ code: 'macula.peer.unreachable' });

describe('who may open links to whom', () => {
  let clock: VirtualClock;
  let network: MemoryNetwork;

  beforeEach(() => {
    clock = virtualClock();
    network = memoryNetwork({ clock, random: seededRandom(1), omniscient: true });
  });

  const opens = (from: MemoryLinks, to: MemoryLinks): Promise<unknown> =>
    clock.complete(
      from.link(to.self).then(
        () => true,
        (error: unknown) => error,
      ),
    );

  it('a node behind a NAT can open links, and nobody outside can open one to it', async () => {
    const [open, home] = [network.node(), network.node({ nat: 'home' })];
    expect(await opens(open, home)).toEqual(unreachable);
    expect(await opens(home, open)).toBe(true);
    // The link that is there carries both directions, once the other side has heard of it.
    await clock.advance(10);
    expect(await opens(open, home)).toBe(true);
  });

  it('nodes behind the same NAT reach each other, behind two different ones they do not', async () => {
    const [one, two] = [network.node({ nat: 'home' }), network.node({ nat: 'home' })];
    const elsewhere = network.node({ nat: 'office' });
    expect(await opens(one, two)).toBe(true);
    expect(await opens(one, elsewhere)).toEqual(unreachable);
    expect(await opens(elsewhere, one)).toEqual(unreachable);
  });

  it('is still behind its NAT after a restart', async () => {
    const [open, home] = [network.node(), network.node({ nat: 'home' })];
    network.crash(home.self);
    const again = network.restart(home.self);
    expect(await opens(open, again)).toEqual(unreachable);
    expect(await opens(again, open)).toBe(true);
  });

  it('a predicate decides, and may change while dials are tried', async () => {
    const [a, b] = [network.node(), network.node()];
    network.change({ mayOpen: (from) => !from.equals(a.self) });
    expect(await opens(a, b)).toEqual(unreachable);
    const dial = opens(a, b);
    network.change({ mayOpen: () => true });
    expect(await dial).toBe(true);
  });
});
