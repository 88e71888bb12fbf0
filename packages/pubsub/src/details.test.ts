import { afterEach, describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from '@macula/core';
import { Crowd } from '../test/crowd.ts';
import type { PublishOptions } from './index.ts';

let crowd: Crowd;

afterEach(async () => {
  await crowd.stop();
  expect(crowd.network.failures).toEqual([]);
  expect(crowd.pendingTimers).toBe(0);
});

/** What each of `count` subscribers has heard: payloads with their details. */
async function audience(count: number): Promise<[unknown, unknown][][]> {
  const heard: [unknown, unknown][][] = [];
  for (const { pubsub } of await crowd.nodesOf(count)) {
    const own: [unknown, unknown][] = [];
    heard.push(own);
    await pubsub.subscribe('a.b', ({ payload, details }) => own.push([payload, details]));
  }
  return heard;
}

const long = { text: 'x'.repeat(10_000), list: [1, 'two', null] };
const publications: [value: unknown, options: PublishOptions][] = [
  [1, { details: { publication: 2 ** 53 - 1 } }],
  [2, {}],
  [3, { details: { publication: 3 }, participant: {} }],
  [4, { details: long }],
  [5, { details: { publication: 5 }, qos: 1 }],
  [6, { details: { publication: 6 }, timestamp: true, disclose: true }],
  [7, { details: {} }],
  [8, { details: { publication: 8 }, expiry: 10_000 }],
];
const expected = publications.map(([value, { details }]) => [value, details]);

describe('details of events', () => {
  it.each([
    ['straight to each', 3],
    ['through a tree', 40],
  ])(
    'come %s of %i subscribers as they were given, whatever other options say',
    async (_, count) => {
      crowd = new Crowd();
      const publisher = await crowd.node();
      const heard = await audience(count);
      for (const [value, options] of publications) {
        await crowd.clock.complete(publisher.pubsub.publish('a.b', value, options));
      }
      await crowd.clock.advance(200);
      for (const own of heard) expect(own).toEqual(expected);
    },
  );

  it('that are too long fail their publication, and leave no gap behind', async () => {
    crowd = new Crowd();
    const publisher = await crowd.node();
    const [heard] = await audience(1);
    const publish = (value: number, text: string): Promise<void> =>
      crowd.clock.complete(publisher.pubsub.publish('a.b', value, { details: { text } }));
    await publish(1, 'first');
    await expect(publish(2, 'x'.repeat(20_000))).rejects.toThrow(InvalidArgumentError);
    await publish(3, 'last');
    await crowd.clock.advance(100);
    expect(heard).toEqual([
      [1, { text: 'first' }],
      [3, { text: 'last' }],
    ]);
    expect(crowd.sum('gaps')).toBe(0);
  });
});
