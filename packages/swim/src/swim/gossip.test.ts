import { describe, expect, it } from '@jest/globals';
import { type Link, ProtocolError } from '@macula/core';
import { virtualClock } from '@macula/testkit';
import { nodeId, statement } from '../../test/statements.ts';
import { Gossip, type GossipOptions } from './gossip.ts';
import { decodeRumour, encodeRumour, type Rumour } from './rumour.ts';
import { StatementPool } from './statement-pool.ts';
import { SwimFrames } from './swim-frames.ts';

const word = (n: number, changes: Partial<Rumour> = {}): Rumour => ({
  ...statement(n),
  status: 'alive',
  ...changes,
});

function setUp(options: Partial<GossipOptions> = {}) {
  const clock = virtualClock();
  const sent: { readonly at: number; readonly bytes: number; readonly datagram: boolean }[] = [];
  const link = (n: number, room = Infinity): Link => {
    const note =
      (datagram: boolean) => (frame: { readonly start: number; readonly end: number }) => {
        if (sent.length >= room) return false;
        sent.push({ at: clock.now(), bytes: frame.end - frame.start, datagram });
        return true;
      };
    return { peer: nodeId(n), send: note(false), sendDatagram: note(true) } as unknown as Link;
  };
  const gossip = new Gossip(
    { clock, frames: new SwimFrames(), statements: new StatementPool() },
    {
      ...{ gossipIntervalMs: 200, gossipNodes: 3, retransmitMult: 4, capacity: 4_096 },
      ...{ members: () => 100, minTimes: () => 0, audience: () => [] },
      ...options,
    },
  );
  /** How often the rumour goes along with frames to as many peers as are there. */
  const tellings = () => {
    let times = 0;
    for (let n = 100; n < 200; n++) times += gossip.piggyback(nodeId(n)).length;
    return times;
  };
  return { clock, gossip, link, sent, tellings };
}

describe('gossip', () => {
  it.each([
    [10, 0, 8],
    [100, 0, 12],
    [100, 11, 12],
    [100, 20, 20],
  ])(
    'among %d members that are to be told %d times at least tells news %d times',
    (members, least, times) => {
      const { gossip, tellings } = setUp({ members: () => members, minTimes: () => least });
      gossip.spread(word(1));
      expect(tellings()).toBe(times);
      expect(gossip.queued).toBe(0);
    },
  );

  it('has rounds while there is news, and none otherwise', async () => {
    const { clock, gossip, link, sent } = setUp({
      audience: (count) => [2, 3, 4].slice(0, count).map((n) => link(n)),
    });
    expect(clock.pendingTimers).toBe(0);
    gossip.spread(word(1));
    await clock.advance(10_000);
    expect(sent.map(({ at }) => at)).toEqual([200, 400, 600, 800].flatMap((at) => [at, at, at]));
    expect(clock.pendingTimers).toBe(0);
  });

  it('fits into a datagram beside what is said first, and takes to streams where there is much', async () => {
    const { clock, gossip, link, sent } = setUp({ audience: () => [link(200)] });
    for (let n = 1; n <= 20; n++) gossip.spread(word(n));
    const along = gossip.piggyback(nodeId(99), word(50, { status: 'suspect', accuser: nodeId(3) }));
    expect(decodeRumour(along[0]!).status).toBe('suspect');
    expect(along.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(1_000);
    await clock.advance(200);
    expect(sent[0]!.bytes).toBeLessThan(1_100);
    for (let n = 21; n <= 60; n++) gossip.spread(word(n));
    await clock.advance(200);
    expect(sent[1]!.bytes).toBeGreaterThan(2_000);
    gossip.stop();
  });

  it('stops telling a peer whose queue is full', () => {
    const { gossip, link, sent } = setUp();
    const much = Array.from({ length: 400 }, (_, n) =>
      word(n % 250, { metadata: { note: 'x'.repeat(500) } }),
    );
    expect(gossip.tell(link(9), much)).toBe(true);
    expect(sent).toHaveLength(4);
    for (const { bytes } of sent) expect(bytes).toBeLessThan(68_000);
    sent.length = 0;
    expect(gossip.tell(link(9, 2), much)).toBe(false);
    expect(sent).toHaveLength(2);
  });

  it('reads once what several tell, and refuses what makes no sense', () => {
    const { gossip } = setUp();
    const bytes = encodeRumour(word(1));
    expect(gossip.unheard([bytes], nodeId(2).key)).toMatchObject([{ id: nodeId(1) }]);
    gossip.spread(word(1), nodeId(2).key);
    expect(gossip.unheard([bytes], nodeId(3).key)).toEqual([]);
    expect(gossip.piggyback(nodeId(2))).toEqual([]);
    expect(() => gossip.unheard([Uint8Array.of(1, 2, 3)], nodeId(2).key)).toThrow(ProtocolError);
  });

  it('says nothing and waits for nothing when it is stopped', async () => {
    const { clock, gossip, tellings } = setUp();
    gossip.spread(word(1));
    gossip.stop();
    gossip.spread(word(2));
    expect([tellings(), clock.pendingTimers]).toEqual([0, 0]);
  });
});
