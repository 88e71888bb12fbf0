import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FrameKind } from '@macula/wire';
import { type Puppet, swimBench } from '../../test/swim-bench.ts';

describe('a stranger that probes a node', () => {
  let bench: ReturnType<typeof swimBench>;
  let stranger: Puppet;

  beforeEach(async () => {
    bench = swimBench();
    [stranger] = (await bench.strangers(1)) as [Puppet];
  });
  afterEach(async () => {
    expect(await bench.close()).toBe(0);
  });

  const received = (kind: string) => stranger.received.filter((each) => each.kind === kind);
  const isMember = () => bench.parts.roster.get(stranger.links.self.key)?.present === true;

  it('is answered, asked who it is, and a member then', async () => {
    stranger.say(FrameKind.swimProbe, 7);
    await bench.clock.advance(10);
    expect(received('ack').map(({ sequence }) => sequence)).toEqual([7]);
    expect(received('comparison')).toHaveLength(1);
    expect(isMember()).toBe(true);
    stranger.say(FrameKind.swimProbe, 8);
    await bench.clock.advance(10);
    expect(received('comparison')).toHaveLength(1);
  });

  it('is asked no more than every ten seconds, however often it probes without saying', async () => {
    stranger.answer.rumours = [];
    const start = bench.clock.now();
    for (let n = 0; n < 210; n++) {
      stranger.say(FrameKind.swimProbe, n + 1);
      await bench.clock.advance(100);
    }
    expect(received('ack')).toHaveLength(210);
    expect(received('comparison').map(({ at }) => Math.round((at - start) / 1_000))).toEqual([
      0, 10, 20,
    ]);
    expect(isMember()).toBe(false);
  });

  it('is told no news, which others so would miss', async () => {
    const [member] = (await bench.members(1)) as [Puppet];
    stranger.received.length = 0;
    stranger.answer.rumours = [];
    for (let n = 0; n < 50; n++) stranger.say(FrameKind.swimProbe, n + 1);
    bench.parts.gossip.spread({ ...bench.parts.hearing.ownRumour(), metadata: { new: 'yes' } });
    for (let n = 0; n < 50; n++) stranger.say(FrameKind.swimProbe, n + 51);
    await bench.clock.advance(1_000);
    expect(received('ack').every(({ rumours }) => rumours.length === 0)).toBe(true);
    const told = member.received.flatMap(({ rumours }) => rumours);
    expect(told.some(({ metadata }) => metadata['new'] === 'yes')).toBe(true);
  });
});

describe('a member that is believed gone and probes a node', () => {
  it.each(['failed', 'left'] as const)(
    'is told that it has %s, also without buddies',
    async (status) => {
      const bench = swimBench({ extensions: { buddy: false } });
      const [member] = (await bench.members(1)) as [Puppet];
      bench.parts.hearing.hear([{ ...member.statement, status, accuser: bench.links.self }]);
      await bench.clock.advance(100);
      if (bench.links.get(member.links.self) === undefined) {
        await bench.clock.complete(member.links.dial(bench.links.localAddresses[0]!));
      }
      member.received.length = 0;
      member.say(FrameKind.swimProbe, 7);
      await bench.clock.advance(10);
      const [answer] = member.received.filter(({ kind }) => kind === 'ack');
      expect(answer!.rumours[0]).toMatchObject({ id: member.links.self, status });
      expect(await bench.close()).toBe(0);
    },
  );
});
