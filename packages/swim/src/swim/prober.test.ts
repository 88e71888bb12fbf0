import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FrameKind } from '@macula/wire';
import { type Puppet, swimBench } from '../../test/swim-bench.ts';

type Bench = ReturnType<typeof swimBench>;

describe('the prober', () => {
  let bench: Bench;
  let members: Puppet[];

  const setUp = async (count: number, options: Parameters<typeof swimBench>[0] = {}) => {
    bench = swimBench(options);
    members = await bench.members(count);
  };
  beforeEach(() => setUp(5));
  afterEach(async () => {
    expect(await bench.close()).toBe(0);
  });

  const statusOf = ({ links }: Puppet) => bench.parts.roster.get(links.self.key)?.status;
  const probe = ({ links }: Puppet) => bench.parts.prober.probe(links.self.key);
  const requests = () =>
    members.flatMap((member) =>
      member.received.filter(({ kind }) => kind === 'request').map((said) => ({ member, ...said })),
    );

  it.each([0, 1, 2, 7])(
    'waits 500 ms for an answer and a second in all, and %i times that more where it doubts itself',
    async (score) => {
      const { clock, parts } = bench;
      for (let i = 0; i < score; i++) parts.health.hadToRefute();
      const [target] = members as [Puppet];
      const start = clock.now();
      probe(target);
      await clock.advance(1_000 * (score + 1) - 1);
      expect(new Set(requests().map(({ at }) => at - start))).toEqual(
        new Set([500 * (score + 1) + 1]),
      );
      expect(statusOf(target)).toBe('alive');
      await clock.advance(1);
      expect(statusOf(target)).toBe('suspect');
    },
  );

  it('stretches no time for its own troubles in plain SWIM', async () => {
    await bench.close();
    await setUp(5, { extensions: { localHealth: false } });
    const { clock, parts } = bench;
    for (let i = 0; i < 3; i++) parts.health.hadToRefute();
    probe(members[0]!);
    await clock.advance(1_000);
    expect(statusOf(members[0]!)).toBe('suspect');
  });

  it('asks three others, not the target, and tries the stream as well', async () => {
    const [target] = members as [Puppet];
    probe(target);
    await bench.clock.advance(600);
    expect(requests()).toHaveLength(3);
    expect(requests().every((said) => said.target === target.links.self.key)).toBe(true);
    expect(requests().map(({ member }) => member)).not.toContain(target);
    expect(target.received.map(({ kind }) => kind)).toEqual(['probe', 'probe']);
  });

  it('takes it from those it has asked that the target lives, and from nobody else', async () => {
    const { clock } = bench;
    const [target, ...others] = members as [Puppet, ...Puppet[]];
    probe(target);
    await clock.advance(600);
    const asked = requests().map(({ member }) => member);
    const sequence = requests()[0]!.sequence;
    const unasked = others.find((member) => !asked.includes(member)) as Puppet;
    unasked.say(FrameKind.swimAck, sequence);
    await clock.advance(1_000);
    expect(statusOf(target)).toBe('suspect');
    expect(bench.parts.roster.get(target.links.self.key)?.accuser?.equals(bench.links.self)).toBe(
      true,
    );
  });

  it('takes it from one of those it has asked that the target lives', async () => {
    const [target] = members as [Puppet];
    probe(target);
    await bench.clock.advance(600);
    const [{ member, sequence }] = requests() as [ReturnType<typeof requests>[0]];
    member.say(FrameKind.swimAck, sequence);
    await bench.clock.advance(1_000);
    expect(statusOf(target)).toBe('alive');
    expect(bench.parts.health.score).toBe(0);
  });

  it.each([
    ['one that was asked', true, 0],
    ['one that was not', false, 1],
  ])('is reassured of its own health by the nack of %s', async (_, wasAsked, score) => {
    const [target, ...others] = members as [Puppet, ...Puppet[]];
    probe(target);
    await bench.clock.advance(600);
    const asked = requests().map(({ member }) => member);
    const helper = others.find((member) => asked.includes(member) === wasAsked) as Puppet;
    helper.say(FrameKind.swimNack, requests()[0]!.sequence);
    await bench.clock.advance(401);
    expect(bench.parts.health.score).toBe(score);
  });

  it('takes it for its own fault when its timers are late', async () => {
    const { clock, links, net, parts } = bench;
    for (const { statement } of members) {
      parts.hearing.hear([{ ...statement, status: 'left' }]);
    }
    parts.prober.start();
    net.pause(links.self);
    await clock.advance(4_000);
    net.resume(links.self);
    await clock.advance(10);
    expect(parts.health.score).toBeGreaterThanOrEqual(4);
  });

  it('takes an answer for the one probe that it repeats the number of', async () => {
    const [one, other] = members as [Puppet, Puppet];
    probe(one);
    probe(other);
    await bench.clock.advance(10);
    one.say(FrameKind.swimAck, other.received[0]!.sequence);
    other.say(FrameKind.swimAck, other.received[0]!.sequence);
    await bench.clock.advance(1_000);
    expect([statusOf(one), statusOf(other)]).toEqual(['suspect', 'alive']);
  });

  it('looks at two more members after a failure, unless it doubts itself', async () => {
    const probedBeside = (target: Puppet) =>
      members.filter(
        (member) => member !== target && member.received.some(({ kind }) => kind === 'probe'),
      );
    probe(members[0]!);
    await bench.clock.advance(600);
    const [{ member, sequence }] = requests() as [ReturnType<typeof requests>[0]];
    member.say(FrameKind.swimNack, sequence);
    await bench.clock.advance(399);
    expect(probedBeside(members[0]!)).toHaveLength(0);
    await bench.clock.advance(10);
    expect(probedBeside(members[0]!)).toHaveLength(2);

    await bench.close();
    await setUp(5);
    bench.parts.health.hadToRefute();
    probe(members[0]!);
    await bench.clock.advance(2_010);
    expect(statusOf(members[0]!)).toBe('suspect');
    expect(probedBeside(members[0]!)).toHaveLength(0);
  });

  it('accuses nobody who has left meanwhile, nor probes him', async () => {
    const [target] = members as [Puppet];
    probe(target);
    await bench.clock.advance(100);
    bench.parts.hearing.hear([{ ...target.statement, status: 'left' }]);
    await bench.clock.advance(2_000);
    expect(statusOf(target)).toBe('left');
    target.received.length = 0;
    probe(target);
    await bench.clock.advance(100);
    expect(target.received).toEqual([]);
  });

  it('probes a member once at a time, and 64 members at most', async () => {
    await bench.close();
    await setUp(70, { fullMeshMembers: 100 });
    for (const member of [...members, ...members]) probe(member);
    await bench.clock.advance(100);
    expect(members.flatMap(({ received }) => received)).toHaveLength(64);
  });

  it('probes everybody in turn once it is started, at the pace of its health', async () => {
    const { clock, parts } = bench;
    const answer = async (ms: number) => {
      let probes = 0;
      for (let at = 0; at < ms; at += 10) {
        await clock.advance(10);
        for (const member of members) {
          for (const { kind, sequence } of member.received.splice(0)) {
            if (kind === 'probe') probes++;
            member.say(FrameKind.swimAck, sequence);
          }
        }
      }
      return probes;
    };
    parts.prober.start();
    expect(await answer(20_000)).toBeGreaterThanOrEqual(19);
    for (let i = 0; i < 3; i++) parts.health.hadToRefute();
    // Each answer lowers the score by one: 4 + 3 + 2 seconds.
    expect(await answer(9_000)).toBeLessThanOrEqual(4);
    expect(parts.health.score).toBe(0);
  });
});
