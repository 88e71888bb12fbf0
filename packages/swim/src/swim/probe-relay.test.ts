import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FrameKind } from '@macula/wire';
import { type Puppet, swimBench } from '../../test/swim-bench.ts';

describe('probes for others', () => {
  let bench: ReturnType<typeof swimBench>;
  let origin: Puppet;
  let target: Puppet;
  let other: Puppet;

  beforeEach(async () => {
    bench = swimBench();
    [origin, target, other] = (await bench.members(3)) as [Puppet, Puppet, Puppet];
  });
  afterEach(async () => {
    expect(await bench.close()).toBe(0);
  });

  const answers = () => origin.received.map(({ kind, sequence }) => `${kind} ${sequence}`);
  /** Numbers of the probes that `target` has received. */
  const probes = () => target.received.map(({ sequence }) => sequence);

  it('pass the answer of the target on, with the number of the request', async () => {
    origin.ask(7, target);
    await bench.clock.advance(10);
    expect(probes()).toHaveLength(1);
    target.say(FrameKind.swimAck, probes()[0]!);
    await bench.clock.advance(2_000);
    expect(answers()).toEqual(['ack 7']);
  });

  it('pass on no answer of anybody else', async () => {
    origin.ask(7, target);
    await bench.clock.advance(10);
    for (const liar of [other, origin]) liar.say(FrameKind.swimAck, probes()[0]!);
    await bench.clock.advance(100);
    expect(answers()).toEqual([]);
  });

  it('tell in time that there is no answer, and still pass one on that comes late', async () => {
    const start = bench.clock.now();
    origin.ask(7, target);
    await bench.clock.advance(500);
    expect(answers()).toEqual(['nack 7']);
    expect(origin.received[0]!.at - start).toBe(402);
    await bench.clock.advance(300);
    target.say(FrameKind.swimAck, probes()[0]!);
    await bench.clock.advance(10);
    expect(answers()).toEqual(['nack 7', 'ack 7']);
  });

  it('are forgotten when nobody waits for them any more', async () => {
    origin.ask(7, target);
    await bench.clock.advance(1_000);
    target.say(FrameKind.swimAck, probes()[0]!);
    await bench.clock.advance(10);
    expect(answers()).toEqual(['nack 7']);
  });

  it('reach members without a link to this node as well', async () => {
    const { clock, parts } = bench;
    parts.neighbourhood.stop();
    await clock.complete(bench.links.get(target.links.self)!.close());
    expect(bench.links.get(target.links.self)).toBeUndefined();
    origin.ask(7, target);
    await clock.advance(50);
    expect(probes()).toHaveLength(1);
  });

  it('are not made of nodes that are not known, nor for such', async () => {
    const [stranger] = (await bench.strangers(1)) as [Puppet];
    origin.ask(7, stranger);
    stranger.ask(8, target);
    await bench.clock.advance(2_000);
    expect([answers(), probes(), stranger.received]).toEqual([[], [], []]);
  });

  it('are 64 at a time for one of them, and 256 for all', async () => {
    for (let n = 0; n < 100; n++) origin.ask(n, target);
    await bench.clock.advance(10);
    expect(probes()).toHaveLength(64);
    const more = await bench.members(5);
    target.received.length = 0;
    for (const member of more) for (let n = 0; n < 64; n++) member.ask(n, target);
    await bench.clock.advance(10);
    expect(probes()).toHaveLength(256);
    await bench.clock.advance(2_000);
    origin.ask(200, target);
    await bench.clock.advance(10);
    expect(probes()).toHaveLength(257);
  });

  it('end when the node stops', async () => {
    origin.ask(7, target);
    await bench.clock.advance(10);
    bench.parts.relay.stop();
    await bench.clock.advance(2_000);
    expect(answers()).toEqual([]);
  });
});
