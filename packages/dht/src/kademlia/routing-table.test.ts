import { describe, expect, it } from '@jest/globals';
import { contactOf, idOf } from '../../test/contacts.ts';
import { RoutingTable } from './routing-table.ts';
import { subnetOf, subnetsOfStrangers } from './subnet.ts';

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
    const table = tableOf('08', '04');
    expect(table.seen(contactOf('80', '198.51.100.1')).admission).toBe('added');
    expect(table.seen(contactOf('90', '198.51.100.2')).admission).toBe('refused');
    expect(table.seen(contactOf('40', '198.51.100.3')).admission).toBe('added');
    expect(table.seen(contactOf('20', '198.51.100.4')).admission).toBe('refused');
    expect(table.refused).toBe(2);
    table.remove(idOf('80'));
    expect(table.seen(contactOf('20', '198.51.100.4')).admission).toBe('added');
    expect([table.size, table.refused]).toEqual([4, 1]);
  });

  it('keeps addresses of a contact that names none', () => {
    const table = tableOf('80');
    table.seen({ id: idOf('80'), addresses: [] });
    expect(table.get(idOf('80'))?.addresses).toHaveLength(1);
  });

  it('drops a known contact that moves into a crowded subnet', () => {
    const table = tableOf('80', '08');
    table.seen(contactOf('40', '198.51.100.1'));
    table.seen(contactOf('20', '198.51.100.2'));
    expect(table.seen(contactOf('80', '198.51.100.3')).admission).toBe('refused');
    expect(table.size).toBe(3);
  });

  it('takes so many of one subnet into a bucket, and others from elsewhere', () => {
    const table = new RoutingTable(idOf('00'), { k: 3, perSubnetInBucket: 2, perSubnetInTable: 9 });
    for (const id of ['08', '04', '02']) table.seen(contactOf(id));
    table.seen(contactOf('80', '198.51.100.1'));
    expect(table.seen(contactOf('90', '198.51.100.2')).admission).toBe('added');
    expect(table.seen(contactOf('a0', '198.51.100.3')).admission).toBe('refused');
    expect(table.seen(contactOf('90', '198.51.100.4')).admission).toBe('known');
    expect(table.seen(contactOf('a0', '203.0.113.3')).admission).toBe('added');
    table.remove(idOf('80'));
    expect(table.seen(contactOf('b0', '198.51.100.3')).admission).toBe('added');
  });

  it('passes over waiting contacts of crowded subnets when a place becomes free', () => {
    const table = tableOf('08', '04');
    table.seen(contactOf('80', '198.51.100.1'));
    table.seen(contactOf('90', '203.0.113.1'));
    for (const [id, host] of [
      ['a0', '192.0.2.1'],
      ['b0', '192.0.2.2'],
    ] as const) {
      expect(table.seen(contactOf(id, host)).admission).toBe('waiting');
    }
    expect(table.remove(idOf('80'))).toEqual(contactOf('b0', '192.0.2.2'));
    expect(table.remove(idOf('90'))).toBeUndefined();
    expect(table.size).toBe(3);
  });

  it('asks nobody where he comes from as long as the mesh is small', () => {
    const table = new RoutingTable(idOf('00'), { ...limits, k: 4 });
    for (const [i, id] of ['80', '90', 'a0', 'b0'].entries()) {
      expect(table.subnetOf(contactOf(id, '198.51.100.9'))).toBeUndefined();
      expect(table.seen(contactOf(id, `198.51.100.${i}`)).admission).toBe('added');
    }
    expect(table.subnetOf(contactOf('40', '198.51.100.9'))).toBe(subnetOf('198.51.100.0'));
    expect(table.seen(contactOf('40', '198.51.100.9')).admission).toBe('refused');
  });

  it('takes any number of neighbours from its own subnet', () => {
    const strangers = subnetsOfStrangers(() => [{ host: '198.51.100.200', port: 1 }]);
    const table = new RoutingTable(idOf('00'), limits, strangers);
    for (const [i, id] of ['80', '40', '20', '10', '08'].entries()) {
      expect(table.seen(contactOf(id, `198.51.100.${i}`)).admission).toBe('added');
    }
    table.seen(contactOf('04', '203.0.113.1'));
    table.seen(contactOf('02', '203.0.113.2'));
    expect(table.seen(contactOf('01', '203.0.113.3')).admission).toBe('refused');
  });

  it('counts its buckets', () => {
    expect(tableOf('80', '01').bucketCount).toBe(2);
  });

  it('keeps a contact as it is while nothing about it changes', () => {
    const table = tableOf('80');
    const before = table.get(idOf('80'));
    table.seen(contactOf('80'));
    expect(table.get(idOf('80'))).toBe(before);
    table.seen(contactOf('80', '10.0.0.2'));
    expect(table.get(idOf('80'))?.addresses[0]?.host).toBe('10.0.0.2');
  });
});
