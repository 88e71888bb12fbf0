import { describe, expect, it } from '@jest/globals';
import { contactOf } from '../../test/contacts.ts';
import { KBucket } from './k-bucket.ts';

function keys(bucket: KBucket): string[] {
  return Array.from(bucket.contacts(), ({ id }) => id.key.slice(0, 1));
}

function bucketOf(...ids: string[]): KBucket {
  const bucket = new KBucket(3, 2);
  for (const id of ids) bucket.seen(contactOf(id));
  return bucket;
}

describe('a k-bucket', () => {
  it('keeps contacts in the order they were last seen', () => {
    const bucket = bucketOf('1', '2', '3');
    expect(bucket.seen(contactOf('1'))).toBe('known');
    expect(keys(bucket)).toEqual(['2', '3', '1']);
    expect(bucket.leastRecentlySeen?.id.key[0]).toBe('2');
  });

  it('keeps who is there when it is full, and lets newcomers wait', () => {
    const bucket = bucketOf('1', '2', '3');
    expect(bucket.seen(contactOf('4'))).toBe('waiting');
    expect(keys(bucket)).toEqual(['1', '2', '3']);
    expect(bucket.waiting).toBe(1);
  });

  it('gives the place of a lost contact to the one of the waiting seen last', () => {
    const bucket = bucketOf('1', '2', '3', '4', '5', '4');
    const { removed, successor } = bucket.remove(contactOf('2').id.key);
    expect([removed?.id.key[0], successor?.id.key[0]]).toEqual(['2', '4']);
    expect(keys(bucket)).toEqual(['1', '3', '4']);
  });

  it('lets no more wait than it holds, the longest unseen go', () => {
    const bucket = bucketOf('1', '2', '3', '4', '5', '6', '7');
    expect(bucket.waiting).toBe(3);
    for (const id of ['1', '2', '3']) bucket.remove(contactOf(id).id.key);
    expect(keys(bucket).sort()).toEqual(['5', '6', '7']);
  });

  it('takes so many of one public subnet', () => {
    const bucket = new KBucket(3, 2);
    expect(bucket.seen(contactOf('1', '198.51.100.1'))).toBe('added');
    expect(bucket.seen(contactOf('2', '198.51.100.2'))).toBe('added');
    expect(bucket.seen(contactOf('3', '198.51.100.3'))).toBe('refused');
    expect(bucket.seen(contactOf('3', '203.0.113.3'))).toBe('added');
    bucket.remove(contactOf('1').id.key);
    expect(bucket.seen(contactOf('4', '198.51.100.3'))).toBe('added');
  });

  it('drops a contact that moves into a crowded subnet', () => {
    const bucket = new KBucket(3, 1);
    bucket.seen(contactOf('1', '198.51.100.1'));
    bucket.seen(contactOf('2', '203.0.113.3'));
    expect(bucket.seen(contactOf('2', '198.51.100.9'))).toBe('refused');
    expect(keys(bucket)).toEqual(['1']);
  });

  it('passes over waiting contacts of crowded subnets', () => {
    const bucket = new KBucket(2, 1);
    bucket.seen(contactOf('1', '198.51.100.1'));
    bucket.seen(contactOf('2', '203.0.113.1'));
    bucket.seen(contactOf('3', '192.0.2.1'));
    bucket.seen(contactOf('4', '192.0.2.2'));
    bucket.remove(contactOf('1').id.key);
    bucket.remove(contactOf('2').id.key);
    expect(keys(bucket)).toEqual(['4']);
    expect(bucket.waiting).toBe(1);
  });
});
