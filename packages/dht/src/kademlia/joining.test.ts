import { describe, expect, it } from '@jest/globals';
import { parseAddress } from '@macula/core';
import { lookupMs, surroundingsOf } from '../../test/surroundings.ts';
import { Joining } from './joining.ts';
import { kademliaSettings } from './kademlia-options.ts';

const settings = kademliaSettings({ k: 2 });

/** A newcomer that is told of seeds. */
function newcomer(...seeds: readonly string[]) {
  const surroundings = surroundingsOf(settings);
  const bootstrap = seeds.map((name) => parseAddress(`${name}.example:4433`));
  return { ...surroundings, joining: new Joining(surroundings.deps, settings, bootstrap) };
}

describe('a newcomer', () => {
  it('looks itself up, and then in every bucket that has room', async () => {
    const { clock, joining, lookups, meet } = newcomer();
    meet('80', '90', '40', '20', '10');
    await clock.complete(joining.join());
    await clock.advance(1_000);
    // The two nearest are in buckets 2 and 3: what lies beyond is known from looking itself up.
    expect(lookups).toEqual(['itself', 'bucket 1']);
  });

  it('has joined once it knows its neighbours, and meets others until it stops', async () => {
    const { clock, joining, lookups, meet } = newcomer();
    meet('80', '40', '20', '10');
    await clock.complete(joining.join());
    expect(clock.now()).toBe(lookupMs);
    expect(lookups).toEqual(['itself', 'bucket 0']);
    joining.stop();
    await clock.advance(1_000);
    expect(lookups).toEqual(['itself', 'bucket 0']);
  });

  it('goes through all its seeds', async () => {
    const { clock, joining, known } = newcomer('80', '40');
    await clock.complete(joining.join());
    expect(known()).toEqual(['40', '80']);
    expect(clock.now()).toBe(lookupMs);
  });

  it('waits for a seed that is gone no longer than for an answer to a lookup', async () => {
    const { clock, joining, dead, lookups } = newcomer('80', '40');
    dead.add('80');
    await clock.complete(joining.join());
    expect(lookups[0]).toBe('itself');
    expect(clock.now()).toBe(settings.stallMs + lookupMs);
  });

  it('tries its seeds again for as long as none answers', async () => {
    const { clock, joining, dead, lookups, known } = newcomer('80');
    dead.add('80');
    await clock.complete(joining.join());
    expect(lookups).toEqual([]);
    await clock.advance(60_000);
    dead.clear();
    await clock.advance(40_000);
    expect(known()).toEqual(['80']);
    expect(lookups).toEqual(['itself']);
  });

  it('tries no more once it has stopped', async () => {
    const { clock, joining, dead, known } = newcomer('80');
    dead.add('80');
    await clock.complete(joining.join());
    joining.stop();
    dead.clear();
    await clock.advance(60_000);
    expect(known()).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('alone is at home at once', async () => {
    const { clock, joining, lookups } = newcomer();
    await clock.complete(joining.join());
    expect([clock.now(), lookups]).toEqual([0, []]);
  });
});
