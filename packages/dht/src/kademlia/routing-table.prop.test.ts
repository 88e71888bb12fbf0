import { describe, expect, it } from '@jest/globals';
import { NodeId } from '@macula/core';
import { seededRandom } from '@macula/testkit';
import fc from 'fast-check';
import type { Contact } from './contact.ts';
import { RoutingTable } from './routing-table.ts';
import { isAmongNearest, randomIdSharing, sortByDistance } from './xor-order.ts';

const ids = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => NodeId.fromBytes(bytes));
/** IDs that share long prefixes, so that deep buckets fill too. */
const nearIds = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.integer())
  .map(([shared, seed]) =>
    randomIdSharing(NodeId.fromBytes(new Uint8Array(32)), shared, seededRandom(seed)),
  );
const limits = { k: 4, perSubnetInBucket: 4, perSubnetInTable: 99 };

describe('a routing table, for any contacts', () => {
  it('finds exactly the contacts nearest to any target', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(ids, nearIds), { maxLength: 60 }),
        fc.oneof(ids, nearIds),
        fc.integer({ min: 1, max: 20 }),
        (known, target, count) => {
          const table = new RoutingTable(NodeId.fromBytes(new Uint8Array(32)), limits);
          for (const id of known) table.seen({ id, addresses: [] });
          const all: Contact[] = [...table];
          expect(all).toHaveLength(table.size);
          const expected = sortByDistance(all, target).slice(0, count);
          const found = table.closest(target, count);
          expect(found.map(({ id }) => id.key)).toEqual(expected.map(({ id }) => id.key));
          for (const { id } of found) expect(isAmongNearest(id, target, found, count)).toBe(true);
        },
      ),
    );
  });

  it('keeps count of its contacts whatever comes and goes', () => {
    const step = fc.record({
      come: fc.boolean(),
      at: fc.integer({ min: 1, max: 40 }),
      net: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const table = new RoutingTable(NodeId.fromBytes(new Uint8Array(32)), {
          k: 3,
          perSubnetInBucket: 2,
          perSubnetInTable: 4,
        });
        for (const { come, at, net } of steps) {
          const id = NodeId.fromBytes(new Uint8Array(32).fill(at * 5));
          if (!come) table.remove(id);
          else table.seen({ id, addresses: [{ host: `198.51.${net}.${at}`, port: 1 }] });
          const all: Contact[] = [...table];
          expect(all).toHaveLength(table.size);
          const nets = all.map(({ addresses }) => addresses[0]?.host.split('.')[2]);
          for (const one of nets) expect(nets.filter((n) => n === one).length).toBeLessThan(5);
        }
      }),
    );
  });
});

describe('randomIdSharing', () => {
  it('shares exactly so many bits', () => {
    fc.assert(
      fc.property(ids, fc.integer({ min: 0, max: 255 }), fc.integer(), (id, length, seed) => {
        const other = randomIdSharing(id, length, seededRandom(seed));
        expect(id.commonPrefixLength(other)).toBe(length);
      }),
    );
  });
});
