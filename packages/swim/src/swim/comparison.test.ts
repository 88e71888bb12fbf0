import { afterEach, describe, expect, it } from '@jest/globals';
import { NodeId } from '@macula/core';
import { seededRandom } from '@macula/testkit';
import { FrameKind, SwimSync, SwimSyncAnswer } from '@macula/wire';
import { type Puppet, swimBench } from '../../test/swim-bench.ts';
import { encodeRumour, type Rumour } from './rumour.ts';
import type { SwimOptions } from './swim-options.ts';

describe('one comparison', () => {
  let bench: ReturnType<typeof swimBench>;

  const setUp = async (count: number, options: SwimOptions = {}): Promise<Puppet[]> => {
    bench = swimBench(options);
    return bench.members(count);
  };
  afterEach(async () => {
    expect(await bench.close()).toBe(0);
  });

  const statusOf = (id: NodeId) => bench.parts.roster.get(id.key)?.status;
  const compare = (puppet: Puppet) =>
    bench.clock.complete(bench.parts.sync.with(bench.links.get(puppet.links.self)!));
  const failed = (puppet: Puppet, accuser: NodeId): Rumour => ({
    ...puppet.statement,
    ...{ status: 'failed', accuser },
  });
  /** What the node tells `puppet` of `other` after a comparison. */
  const toldOf = (puppet: Puppet, other: Puppet) =>
    puppet.received
      .flatMap(({ rumours }) => rumours)
      .filter(({ id }) => id.equals(other.links.self))
      .map(({ status }) => status);

  it('takes a failure that it hears of for a suspicion: the member may object', async () => {
    const [partner, victim] = (await setUp(2)) as [Puppet, Puppet];
    partner.answer.rumours = [failed(victim, partner.links.self)];
    await compare(partner);
    expect(statusOf(victim.links.self)).toBe('suspect');
  });

  it('takes a failure for one where the member was a suspect already, and has not objected', async () => {
    const [partner, victim] = (await setUp(2)) as [Puppet, Puppet];
    const suspicion: Rumour = { ...failed(victim, bench.links.self), status: 'suspect' };
    bench.parts.hearing.hear([suspicion]);
    partner.answer.rumours = [{ ...failed(victim, partner.links.self), incarnation: 2n }];
    await compare(partner);
    expect(statusOf(victim.links.self)).toBe('suspect');
    await compare(partner);
    expect(statusOf(victim.links.self)).toBe('failed');
  });

  it('takes a goodbye for one', async () => {
    const [partner, leaver] = (await setUp(2)) as [Puppet, Puppet];
    partner.answer.rumours = [{ ...leaver.statement, status: 'left' }];
    await compare(partner);
    expect(statusOf(leaver.links.self)).toBe('left');
  });

  it('tells what the other asks for: failures as suspicions, nothing of the other itself', async () => {
    const [partner, alive, gone, leaver] = (await setUp(4)) as [Puppet, Puppet, Puppet, Puppet];
    bench.parts.hearing.hear([
      failed(gone, bench.links.self),
      { ...leaver.statement, status: 'left' },
    ]);
    await bench.clock.advance(10_000);
    partner.received.length = 0;
    partner.answer.buckets = [0];
    await compare(partner);
    await bench.clock.advance(10);
    expect([alive, gone, leaver, partner].map((each) => toldOf(partner, each))).toEqual([
      ['alive'],
      ['suspect'],
      ['left'],
      [],
    ]);
  });

  it('is given up by a peer that has nothing new, though it says that there is more', async () => {
    const [partner] = (await setUp(1)) as [Puppet];
    partner.answer = { rumours: [partner.statement], buckets: [], more: true };
    await compare(partner);
    expect(partner.received.filter(({ kind }) => kind === 'comparison')).toHaveLength(1);
  });

  it('goes on as long as parts of a bucket bring somebody new', async () => {
    const [partner] = (await setUp(1)) as [Puppet];
    const known = bench.parts.roster.presentCount;
    const random = seededRandom(4);
    let asked = 0;
    partner.answer = {
      ...{ buckets: [], more: true },
      get rumours() {
        const id = ++asked <= 3 ? NodeId.fromBytes(random.bytes(32)) : partner.links.self;
        return [{ ...partner.statement, id }];
      },
    };
    await compare(partner);
    expect([bench.parts.roster.presentCount - known, asked]).toEqual([3, 4]);
  });

  it('ends after 32 rounds, whatever the peer says', async () => {
    const [partner] = (await setUp(1)) as [Puppet];
    partner.answer = { rumours: [], buckets: [0], more: true };
    await compare(partner);
    expect(partner.received.filter(({ kind }) => kind === 'comparison')).toHaveLength(32);
  });

  it('is made once at a time over one link', async () => {
    const [partner] = (await setUp(1)) as [Puppet];
    const link = bench.links.get(partner.links.self)!;
    const both = Promise.all([bench.parts.sync.with(link), bench.parts.sync.with(link)]);
    await bench.clock.complete(both);
    expect(partner.received.filter(({ kind }) => kind === 'comparison')).toHaveLength(1);
  });

  describe('that a peer asks for', () => {
    const ask = (puppet: Puppet, bits: number, digests = new Array<number>(2 ** bits).fill(0)) => {
      const body = SwimSync.encode({ bits, digests, self: encodeRumour(puppet.statement) });
      return bench.clock.complete(
        puppet.link().request(FrameKind.swimSync, body.finish(), { timeout: 5_000 }),
      );
    };

    it('is answered within a quarter of a megabyte, however few buckets it divides into', async () => {
      bench = swimBench();
      const metadata = { note: 'x'.repeat(400) };
      const random = seededRandom(3);
      const crowd = Array.from({ length: 2_000 }, (): Rumour => {
        const id = NodeId.fromBytes(random.bytes(32));
        return { id, incarnation: 1n, addresses: [], metadata, status: 'alive' };
      });
      bench.parts.hearing.hear(crowd);
      const [asker] = (await bench.strangers(1)) as [Puppet];
      const first = SwimSyncAnswer.decode(await ask(asker, 0));
      const size = first.rumours.reduce((sum, { length }) => sum + length, 0);
      expect([first.more, first.buckets]).toEqual([true, []]);
      expect(size).toBeGreaterThan(250_000);
      expect(size).toBeLessThan(270_000);
    });

    it.each([
      ['more buckets than 4,096', 13, 2 ** 13],
      ['too few digests', 4, 15],
      ['too many digests', 4, 17],
    ])('is refused with %s', async (_, bits, count) => {
      const [asker] = (await setUp(1)) as [Puppet];
      await expect(ask(asker, bits, new Array<number>(count).fill(0))).rejects.toMatchObject({
        name: 'RequestFailedError',
      });
    });

    it('is answered with 4,096 buckets', async () => {
      const [asker] = (await setUp(1)) as [Puppet];
      expect(SwimSyncAnswer.decode(await ask(asker, 12)).more).toBe(false);
    });
  });
});
