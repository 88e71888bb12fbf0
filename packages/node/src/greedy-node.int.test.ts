import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BesiegedMesh, type Toll } from '../test/abuse/besieged-mesh.ts';
import { eventually } from '../test/processes/process-mesh.ts';
import { createNode } from './create-node.ts';
import type { MaculaNode } from './macula-node.ts';

const mebibyte = 1_048_576;
/** What the honest nodes accept of another one's directory entries. */
const acceptedEntries = 4_096;
const wanted = 6_000;
const mesh = new BesiegedMesh({ directory: { maxRecordsPerNode: acceptedEntries } });

beforeAll(() => mesh.start(), 30_000);
afterAll(() => mesh.end());

/** A node that has lifted its own limits. */
function greedy(): Promise<MaculaNode> {
  return createNode({
    realm: 'be.macula.proof',
    host: '127.0.0.1',
    environment: {},
    bootstrap: mesh.home.addresses,
    directory: { maxOwnEntries: 2 * wanted },
    pubsub: { maxSubscriptions: 2 * wanted },
    rpc: { maxRegistrations: 2 * wanted, maxStreamsPerLink: 10_000 },
  });
}

/** Does `step` for every number below `count`, some hundreds at a time. */
async function manyTimes(count: number, step: (i: number) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i += 500) {
    const batch = Math.min(500, count - i);
    await Promise.all(Array.from({ length: batch }, (_, k) => step(i + k)));
  }
}

async function entriesOf(process: BesiegedMesh['home']): Promise<number> {
  return (await process.report()).entries;
}

function expectUnharmed(toll: Toll): void {
  expect(toll.harm).toEqual([]);
  expect(toll.handlesLeft).toBeLessThanOrEqual(2);
  expect(toll.entriesLeft).toBe(0);
  expect(toll.linksLeft).toBeLessThanOrEqual(0);
  // All of it is given back, some room in tables aside.
  expect(toll.heapGrowth).toBeLessThan(12 * mebibyte);
}

describe('a mesh with a greedy node in it', () => {
  it.each<[string, (node: MaculaNode, i: number) => Promise<unknown>]>([
    [
      'subscribes to six thousand patterns',
      (node, i) => node.subscribe(`*.greedy.n${i}`, () => undefined),
    ],
    ['registers six thousand procedures', (node, i) => node.register(`greedy.n${i}`, () => i)],
  ])(
    'holds what it allows one node that %s, and forgets it with the node',
    async (_, step) => {
      const before = await mesh.home.report();
      let peak = 0;
      const toll = await mesh.under(async () => {
        const node = await greedy();
        await manyTimes(wanted, (i) => step(node, i));
        await eventually('the limit is reached', async () => {
          return (await entriesOf(mesh.home)) - before.entries >= acceptedEntries;
        });
        await mesh.home.ask('collectGarbage');
        const at = await mesh.home.report();
        expect(at.entries - before.entries).toBe(acceptedEntries);
        peak = at.heap - before.heap;
        await node.stop();
        await eventually('its entries are gone', async () => {
          return (await entriesOf(mesh.home)) === before.entries;
        });
      });
      expectUnharmed(toll);
      expect(peak / acceptedEntries).toBeLessThan(2_048);
    },
    60_000,
  );

  it('refuses streams beyond the limit of one caller, and calls beyond its handlers', async () => {
    await mesh.home.ask('serveStreams', { procedure: 'proof.streams' });
    await mesh.home.ask('serve', { procedure: 'proof.slow', invoke: 'single', delay: 1_000 });
    const node = await greedy();
    await eventually('the procedures are known', () => node.health().directory.peers >= 4);
    const toll = await mesh.under(async () => {
      const codes = new Map<string, number>();
      const count = (error: unknown): void => {
        const { code = String(error) } = error as { code?: string };
        codes.set(code, (codes.get(code) ?? 0) + 1);
      };
      await manyTimes(2_000, async () => {
        try {
          const stream = await node.openStream('proof.streams', [], { timeout: 2_000 });
          stream.result.then(() => count({ code: 'ok' }), count);
        } catch (error) {
          count(error);
        }
      });
      const calls = Array.from({ length: 20_000 }, () =>
        node.call('proof.slow', [], { timeout: 5_000 }).then(() => count({ code: 'ok' }), count),
      );
      await Promise.all(calls);
      const ended = () => [...codes.values()].reduce((sum, number) => sum + number, 0);
      await eventually('every stream is over', () => ended() === 22_000);
      expect([...codes.keys()].sort()).toEqual([
        'macula.error.overloaded',
        'macula.limit_exceeded',
        'macula.timeout',
        'ok',
      ]);
      await node.stop();
    });
    expectUnharmed(toll);
  }, 60_000);

  it('can stop as if nothing had been', async () => {
    expect(await mesh.retire()).toEqual([
      { code: 0, held: [] },
      { code: 0, held: [] },
    ]);
  }, 30_000);
});
