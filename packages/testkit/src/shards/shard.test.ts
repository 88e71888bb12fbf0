import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError, LinkCloseCode } from '@macula/core';
import { Chatter } from '../../test/chatter.ts';
import { alone } from './meeting.ts';
import { meetingsInTurns } from '../../test/meeting-in-turns.ts';
import { createShard, type ShardOptions } from './shard.ts';

/** Plays the same in so many shards. */
async function playIn(
  count: number,
  options: ShardOptions,
): Promise<{ readonly trace: readonly string[]; readonly chatters: readonly Chatter[] }> {
  const chatters = Array.from({ length: count }, () => new Chatter(options));
  const shards = meetingsInTurns(count).map((meeting, at) =>
    createShard(meeting, (chatters[at] as Chatter).options),
  );
  const traces = await Promise.all(
    shards.map((shard, at) => (chatters[at] as Chatter).play(shard)),
  );
  expect(shards.flatMap(({ network }) => network.failures)).toEqual([]);
  return { trace: traces[0] as string[], chatters };
}

const weathers: Record<string, ShardOptions> = {
  'in bad weather': {
    lookaheadMs: 5,
    latencyMs: { min: 1, max: 80 },
    loss: 0.05,
    duplication: 0.05,
    reordering: 0.05,
  },
  'where much happens at the same instants': { lookaheadMs: 10, latencyMs: 50 },
  'where packets are as fast as they may be': { lookaheadMs: 25 },
  'on narrow lines': { lookaheadMs: 5, latencyMs: { min: 5, max: 20 }, bandwidth: 20 },
};

describe('a simulation in several shards', () => {
  it.each(Object.entries(weathers))(
    'happens to each node exactly as in one shard, %s',
    async (_name, weather) => {
      const { trace } = await playIn(1, weather);
      expect(new Set(trace).size).toBe(trace.length);
      for (const count of [2, 3]) expect((await playIn(count, weather)).trace).toEqual(trace);
    },
  );

  it('happens otherwise with another seed', async () => {
    const weather: ShardOptions = { lookaheadMs: 5, latencyMs: { min: 5, max: 20 } };
    const { trace } = await playIn(2, { ...weather, seed: 1 });
    expect((await playIn(2, { ...weather, seed: 2 })).trace).not.toEqual(trace);
  });

  it('has links that close for every reason', async () => {
    const { chatters } = await playIn(2, { lookaheadMs: 5, latencyMs: { min: 5, max: 20 } });
    for (const { closed, received } of chatters) {
      expect(received).toBeGreaterThan(100);
      for (const code of [LinkCloseCode.none, LinkCloseCode.idle, LinkCloseCode.silent]) {
        expect(closed.get(code)).toBeGreaterThan(0);
      }
    }
  });
});

describe('a shard', () => {
  it('learns what all have to say, in the order of their numbers', async () => {
    const shards = meetingsInTurns(3).map((meeting) => createShard(meeting, { lookaheadMs: 1 }));
    const gathered = await Promise.all(shards.map((shard) => shard.gather([shard.index, 'here'])));
    const all = [
      [0, 'here'],
      [1, 'here'],
      [2, 'here'],
    ];
    expect(gathered).toEqual([all, all, all]);
  });

  it('moves its clock exactly as far as it is told', async () => {
    const shard = createShard(alone, { lookaheadMs: 3 });
    const fired: number[] = [];
    for (const ms of [0, 3, 6.5, 10, 10.5]) {
      shard.clock.setTimer(() => fired.push(shard.clock.now()), ms);
    }
    await shard.advance(10);
    expect([shard.clock.now(), fired]).toEqual([10, [0, 3, 6.5, 10]]);
    await shard.advance(0);
    await shard.advance(0.5);
    expect([shard.clock.now(), fired.at(-1)]).toEqual([10.5, 10.5]);
  });

  it('refuses a lookahead of nothing, and steps back', async () => {
    expect(() => createShard(alone, { lookaheadMs: 0 })).toThrow(InvalidArgumentError);
    const shard = createShard(alone, { lookaheadMs: 1 });
    await expect(shard.advance(-1)).rejects.toThrow(InvalidArgumentError);
  });
});
