import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Mesh } from '../test/mesh.ts';
import { EventRefusedError, UndeliveredError } from './index.ts';

let mesh: Mesh;

beforeEach(() => {
  mesh = new Mesh();
});

afterEach(async () => {
  await mesh.stop();
  expect(mesh.network.failures).toEqual([]);
  expect(mesh.pendingTimers).toBe(0);
});

const qos = 1;

describe('handlers of acknowledged events', () => {
  it('lets a handler be at work on several events, which are acknowledged in order whichever ends first', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const { clock } = subscriber!.links;
    const begun: unknown[] = [];
    const durations = [100, 10, 50, 10, 10];
    const handler = (event: { payload: unknown; sequence: number }): Promise<void> => {
      begun.push(event.payload);
      return new Promise((resolve) => {
        clock.setTimer(resolve, durations[event.sequence - 1] as number);
      });
    };
    await subscriber!.pubsub.subscribe('a', handler, { concurrency: 3 });
    await mesh.settle();
    const done: number[] = [];
    const all = [0, 1, 2, 3, 4].map((value) =>
      publisher!.pubsub.publish('a', value, { qos }).then(() => done.push(value)),
    );
    await mesh.clock.advance(40);
    expect(begun).toEqual([0, 1, 2]);
    await mesh.clock.advance(45);
    // The first holds back the acknowledgements of all that have ended, and with them the places of others.
    expect([begun, done]).toEqual([[0, 1, 2], []]);
    await mesh.clock.complete(Promise.all(all));
    expect([begun, done]).toEqual([
      [0, 1, 2, 3, 4],
      [0, 1, 2, 3, 4],
    ]);
    expect(publisher!.metrics.value('outbox_bytes')).toBe(0);
  });

  it('goes by the subscription that allows least', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const begun: unknown[] = [];
    const handler = ({ payload }: { payload: unknown }): Promise<void> => {
      begun.push(payload);
      return new Promise((resolve) => subscriber!.links.clock.setTimer(resolve, 100));
    };
    await subscriber!.pubsub.subscribe('a', handler, { concurrency: 3 });
    await subscriber!.pubsub.subscribe('*', handler);
    await mesh.settle();
    const all = [1, 2].map((value) => publisher!.pubsub.publish('a', value, { qos }));
    await mesh.clock.advance(50);
    expect(begun).toEqual([1, 1]);
    await mesh.clock.complete(Promise.all(all));
    expect(begun).toEqual([1, 1, 2, 2]);
    await expect(subscriber!.pubsub.subscribe('a', handler, { concurrency: 0 })).rejects.toThrow(
      'concurrency must be at least 1, got 0',
    );
  });

  it('tells the publisher which events a handler has refused, among those that it takes', async () => {
    const [publisher, subscriber, other] = await mesh.nodesOf(3);
    const { clock } = subscriber!.links;
    const subscription = await subscriber!.pubsub.subscribe(
      'a',
      async ({ payload }) => {
        await new Promise<void>((resolve) => clock.setTimer(resolve, 20));
        if (Number(payload) % 2 === 1) throw new EventRefusedError('odd');
      },
      { concurrency: 10 },
    );
    await other!.pubsub.subscribe('a', () => undefined);
    await mesh.settle();
    const all = [0, 1, 2, 3, 4].map((value) => publisher!.pubsub.publish('a', value, { qos }));
    const results = await mesh.clock.complete(Promise.allSettled(all));
    expect(results.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
    ]);
    const { reason } = results[1] as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(UndeliveredError);
    expect((reason as UndeliveredError).undelivered).toEqual([
      { node: subscriber!.id, reason: 'refused' },
    ]);
    expect(subscription.counters.failures).toBe(2);
    expect(subscriber!.metrics.value('dropped', 'refused')).toBe(2);
    expect(publisher!.metrics.value('outbox_bytes')).toBe(0);
  });

  it('tells of refusals also where the handler throws, and on the node itself', async () => {
    const [publisher, subscriber] = await mesh.nodesOf(2);
    const refuse = (): never => {
      throw new EventRefusedError('no');
    };
    await subscriber!.pubsub.subscribe('a', refuse);
    await publisher!.pubsub.subscribe('a', refuse);
    await mesh.settle();
    const published = publisher!.pubsub.publish('a', 1, { qos, excludeSelf: false });
    const error = await mesh.clock.complete(published.catch((reason: unknown) => reason));
    expect((error as UndeliveredError).undelivered.map(({ reason }) => reason)).toEqual([
      'refused',
      'refused',
    ]);
    await mesh.clock.complete(publisher!.pubsub.publish('b', 2, { qos }), { limitMs: 100 });
  });
});
