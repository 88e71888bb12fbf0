import { describe, expect, it } from '@jest/globals';
import { contactOf, idOf } from '../../test/contacts.ts';
import type { Contact } from './contact.ts';
import { KBucket } from './k-bucket.ts';

const anybody = (): boolean => true;

function digit({ id }: Contact): string {
  return id.key.slice(0, 1);
}

function bucketOf(...ids: string[]): KBucket {
  const bucket = new KBucket(3);
  for (const id of ids) bucket.seen(contactOf(id));
  return bucket;
}

describe('a k-bucket', () => {
  it('keeps contacts in the order they were last seen', () => {
    const bucket = bucketOf('1', '2');
    expect(bucket.seen(contactOf('3'))).toBe('added');
    expect(bucket.seen(contactOf('1'))).toBe('known');
    expect(bucket.contacts.map(digit)).toEqual(['2', '3', '1']);
    expect(bucket.leastRecentlySeen).toEqual(contactOf('2'));
  });

  it('keeps who is there when it is full, and lets newcomers wait', () => {
    const bucket = bucketOf('1', '2', '3');
    expect(bucket.seen(contactOf('4'))).toBe('waiting');
    expect(bucket.contacts.map(digit)).toEqual(['1', '2', '3']);
    expect(bucket.waiting).toBe(1);
    expect(bucket.admit(anybody)).toBeUndefined();
  });

  it('gives a free place to the one of the waiting that was seen last', () => {
    const bucket = bucketOf('1', '2', '3', '4', '5', '4');
    expect(bucket.remove(idOf('2'))).toEqual(contactOf('2'));
    expect(bucket.admit(anybody)).toEqual(contactOf('4'));
    expect(bucket.contacts.map(digit)).toEqual(['1', '3', '4']);
    expect(bucket.waiting).toBe(1);
  });

  it('passes over those of the waiting that may not enter', () => {
    const bucket = bucketOf('1', '2', '3', '4', '5');
    bucket.remove(idOf('1'));
    expect(bucket.admit((contact) => digit(contact) !== '5')).toEqual(contactOf('4'));
    bucket.remove(idOf('2'));
    expect(bucket.admit(() => false)).toBeUndefined();
    expect([bucket.size, bucket.waiting]).toEqual([2, 1]);
  });

  it('lets no more wait than it holds, the longest unseen go', () => {
    const bucket = bucketOf('1', '2', '3', '4', '5', '6', '7');
    expect(bucket.waiting).toBe(3);
    for (const id of ['1', '2', '3']) {
      bucket.remove(idOf(id));
      bucket.admit(anybody);
    }
    expect(bucket.contacts.map(digit).sort()).toEqual(['5', '6', '7']);
  });

  it('forgets one that waits', () => {
    const bucket = bucketOf('1', '2', '3', '4');
    expect(bucket.remove(idOf('4'))).toBeUndefined();
    expect(bucket.waiting).toBe(0);
  });
});
