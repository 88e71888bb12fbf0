import { afterEach, describe, expect, it } from '@jest/globals';
import { type Puppet, swimBench } from '../../test/swim-bench.ts';
import type { SwimOptions } from './swim-options.ts';

describe('a suspicion of a neighbour', () => {
  let bench: ReturnType<typeof swimBench>;
  let members: Puppet[];

  const setUp = async (count: number, options: SwimOptions = {}) => {
    bench = swimBench(options);
    members = await bench.members(count);
  };
  afterEach(async () => {
    expect(await bench.close()).toBe(0);
  });

  const statusOf = ({ links }: Puppet) => bench.parts.roster.get(links.self.key)?.status;
  /** When the member has a status first, in milliseconds from now on. */
  const until = async (member: Puppet, status: string) => {
    const start = bench.clock.now();
    await bench.clock.runUntil(() => statusOf(member) === status, { limitMs: 120_000 });
    return bench.clock.now() - start;
  };
  const accuse = (member: Puppet, by = members[1] as Puppet) =>
    bench.parts.hearing.hear([{ ...member.statement, status: 'suspect', accuser: by.links.self }]);

  it('whose link has fallen silent ends after two periods', async () => {
    await setUp(10);
    const [target] = members as [Puppet];
    bench.net.crash(target.links.self);
    // Links are silent after 5 s, and that alone is a reason to probe.
    const suspected = await until(target, 'suspect');
    expect(suspected).toBeGreaterThan(5_000);
    expect(suspected).toBeLessThanOrEqual(6_000);
    expect(await until(target, 'failed')).toBe(2_000);
  });

  it('whose link was closed lasts as long as dials need to fail', async () => {
    await setUp(10);
    const [target] = members as [Puppet];
    await target.links.stop();
    expect(await until(target, 'suspect')).toBeLessThanOrEqual(1_001);
    // Three periods of patience, and one for the probe.
    expect(await until(target, 'failed')).toBeCloseTo(3_000, -2);
  });

  it('whose link stands lasts until accusers come', async () => {
    await setUp(10);
    const [target, , second] = members as [Puppet, Puppet, Puppet];
    // Of itself, the node finds out after a second; a third accuser shortens 11 s to 4.2.
    accuse(target);
    await bench.clock.advance(5_000);
    expect(statusOf(target)).toBe('suspect');
    accuse(target, second);
    await bench.clock.advance(10);
    expect(statusOf(target)).toBe('failed');
  });

  it('is its own fault where most links are silent, and lasts for long', async () => {
    await setUp(8);
    for (const { links } of members) bench.net.crash(links.self);
    await bench.clock.advance(20_000);
    expect(new Set(members.map(statusOf))).toEqual(new Set(['suspect']));
    await bench.clock.advance(20_000);
    expect(new Set(members.map(statusOf))).toEqual(new Set(['failed']));
  });

  it('lasts again as long as without a witness once there is a link again', async () => {
    await setUp(10);
    const [target] = members as [Puppet];
    await bench.clock.complete(bench.links.get(target.links.self)!.close());
    accuse(target);
    await bench.clock.advance(1_000);
    expect(bench.links.get(target.links.self)).toBeDefined();
    await bench.clock.advance(10_000);
    expect(statusOf(target)).toBe('suspect');
  });

  it('makes no difference in plain SWIM whether there is a link', async () => {
    await setUp(10, { extensions: { confirmations: false } });
    const [target] = members as [Puppet];
    await target.links.stop();
    await until(target, 'suspect');
    expect(await until(target, 'failed')).toBeCloseTo(4_166, -1);
  });
});

describe('a suspicion that others tell of', () => {
  it.each([
    ['is looked into at once', {}, 1],
    ['is not looked into in plain SWIM', { extensions: { confirmations: false } }, 0],
  ])('%s', async (_, options, probes) => {
    const bench = swimBench(options);
    const [target, accuser] = (await bench.members(5)) as [Puppet, Puppet];
    bench.parts.hearing.hear([
      { ...target.statement, status: 'suspect', accuser: accuser.links.self },
    ]);
    await bench.clock.advance(10);
    expect(target.received.filter(({ kind }) => kind === 'probe')).toHaveLength(probes);
    expect(await bench.close()).toBe(0);
  });

  it('is looked into by about ten of many neighbours, and not by others', async () => {
    const bench = swimBench({ fullMeshMembers: 64 });
    const members = await bench.members(60);
    const accuser = members[0]!.links.self;
    const suspects = members.slice(1);
    bench.parts.hearing.hear(
      suspects.map(({ statement }) => ({ ...statement, status: 'suspect' as const, accuser })),
    );
    await bench.clock.advance(10);
    const probed = suspects.filter(({ received }) => received.some(({ kind }) => kind === 'probe'));
    expect(probed.length).toBeGreaterThan(2);
    expect(probed.length).toBeLessThan(25);
    expect(await bench.close()).toBe(0);

    const onRings = swimBench({ fullMeshMembers: 4, rings: 1 });
    const others = await onRings.members(20);
    const far = others.filter(({ links }) => !onRings.parts.neighbourhood.has(links.self.key));
    onRings.parts.hearing.hear(
      far.map(({ statement }) => ({
        ...{ ...statement, status: 'suspect' as const },
        accuser: others[0]!.links.self,
      })),
    );
    await onRings.clock.advance(10);
    expect(far.flatMap(({ received }) => received)).toEqual([]);
    expect(await onRings.close()).toBe(0);
  });
});
