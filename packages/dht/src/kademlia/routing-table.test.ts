import { describe, expect, it } from '@jest/globals';
import { contactOf, idOf } from '../../test/contacts.ts';
import { RoutingTable } from './routing-table.ts';

const limits = { k: 2, perSubnetInBucket: 1, perSubnetInTable: 2 };

function tableOf(...ids: string[]): RoutingTable {
  const table = new RoutingTable(idOf('00'), limits);
  for (const id of ids) table.seen(contactOf(id));
  return table;
}

describe('a routing table', () => {
  it('never holds the node itself', () => {
    const table = tableOf('00');
    expect(table.size).toBe(0);
    expect(table.deepest).toBe(-1);
  });

  it('names the one to ping for a newcomer to a full bucket', () => {
    const table = tableOf('80', '90');
    expect(table.seen(contactOf('a0'))).toMatchObject({
      admission: 'waiting',
      probe: { id: idOf('80') },
    });
    expect(table.size).toBe(2);
    expect(table.remove(idOf('80'))?.id).toEqual(idOf('a0'));
    expect(table.size).toBe(2);
    expect(table.get(idOf('80'))).toBeUndefined();
    expect(table.get(idOf('a0'))).toBeDefined();
  });

  it('counts subnets over all buckets', () => {
    const table = tableOf();
    expect(table.seen(contactOf('80', '198.51.100.1')).admission).toBe('added');
    expect(table.seen(contactOf('90', '198.51.100.2')).admission).toBe('refused');
    expect(table.seen(contactOf('40', '198.51.100.3')).admission).toBe('added');
    expect(table.seen(contactOf('20', '198.51.100.4')).admission).toBe('refused');
    expect(table.refused).toBe(2);
    table.remove(idOf('80'));
    expect(table.seen(contactOf('20', '198.51.100.4')).admission).toBe('added');
    expect([table.size, table.refused]).toEqual([2, 1]);
  });

  it('keeps addresses of a contact that names none', () => {
    const table = tableOf('80');
    table.seen({ id: idOf('80'), addresses: [] });
    expect(table.get(idOf('80'))?.addresses).toHaveLength(1);
  });

  it('drops a known contact that moves into a crowded subnet', () => {
    const table = tableOf('80');
    table.seen(contactOf('40', '198.51.100.1'));
    table.seen(contactOf('20', '198.51.100.2'));
    expect(table.seen(contactOf('80', '198.51.100.3')).admission).toBe('refused');
    expect(table.size).toBe(2);
  });

  it('knows its depth', () => {
    expect(tableOf('80', '01').deepest).toBe(7);
    expect(tableOf('80', '01').bucketCount).toBe(2);
  });
});
