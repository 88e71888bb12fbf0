import { describe, expect, it } from '@jest/globals';
import { contactOf, idOf } from '../../test/contacts.ts';
import { surroundingsOf } from '../../test/surroundings.ts';
import { kademliaSettings } from './kademlia-options.ts';
import { TableUpkeep } from './table-upkeep.ts';

const settings = kademliaSettings({ k: 2, refreshMs: 80_000 });

/** The upkeep of a table of these contacts. */
function upkeepOf(...contacts: readonly string[]) {
  const surroundings = surroundingsOf(settings);
  new TableUpkeep(surroundings.deps, settings).start();
  surroundings.meet(...contacts);
  return surroundings;
}

describe('the upkeep of a routing table', () => {
  it('gives the place of one that does not answer any more to a newcomer', async () => {
    const { clock, neighbourhood, dead, pings, known } = upkeepOf('80', '90');
    dead.add('80');
    neighbourhood.seen(contactOf('a0'));
    await clock.advance(1);
    expect([pings, known()]).toEqual([['80'], ['90', 'a0']]);
  });

  it('leaves who answers in its place, however many newcomers wait', async () => {
    const { clock, neighbourhood, pings, known } = upkeepOf('80', '90');
    for (const digits of ['a0', 'b0', 'c0', 'd0']) {
      neighbourhood.seen(contactOf(digits));
      await clock.advance(1);
    }
    expect(known()).toEqual(['80', '90']);
    // Each once: after its answer it is not the one that was not seen for longest.
    expect(pings).toEqual(['80', '90']);
    await clock.advance(60_000);
    neighbourhood.seen(contactOf('a0'));
    expect(pings).toHaveLength(3);
  });

  it('refreshes every bucket, and its own surroundings, once in a while', async () => {
    const { clock, lookups } = upkeepOf('80', '90', '40', '20', '10');
    await clock.advance(settings.refreshMs * 1.2);
    expect([...new Set(lookups)].sort()).toEqual(['bucket 0', 'bucket 1', 'itself']);
    const before = lookups.filter((one) => one === 'bucket 0').length;
    await clock.advance(settings.refreshMs * 1.2);
    expect(lookups.filter((one) => one === 'bucket 0').length).toBeGreaterThan(before);
  });

  it('goes on trying those that it has lost', async () => {
    const { clock, neighbourhood, dead, known } = upkeepOf('80', '40');
    dead.add('80');
    neighbourhood.gone(idOf('80'));
    await clock.advance(60_000);
    expect(known()).toEqual(['40']);
    dead.clear();
    await clock.advance(20_000);
    expect(known()).toEqual(['40', '80']);
  });

  it('lets those go that have said goodbye', async () => {
    const { clock, neighbourhood, pings } = upkeepOf('80', '40');
    neighbourhood.left(idOf('80'));
    await clock.advance(60_000);
    expect(pings).toEqual([]);
  });
});
