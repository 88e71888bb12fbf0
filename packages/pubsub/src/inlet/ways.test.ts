import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NodeId } from '@macula/core';
import { FrameKind, FrameWriter, type Inlet, Inlet_Action } from '@macula/wire';
import { Crowd, type CrowdNode } from '../../test/crowd.ts';
import { inletHeader } from './carrier.ts';

const writer = new FrameWriter();
let crowd: Crowd;
/** Subscribes, and has named its neighbours as inlets. */
let subscriber: CrowdNode;
let inlet: CrowdNode;
/** Sends the inlet frames that a test writes. */
let stranger: CrowdNode;

beforeEach(async () => {
  crowd = new Crowd({ latencyMs: 1 });
  inlet = await crowd.node({ maxWays: 64 });
  subscriber = await crowd.node({ linkBudget: 1, maxWays: 64 });
  await subscriber.pubsub.subscribe('a.b', () => undefined);
  await connect(inlet, subscriber);
  stranger = await crowd.node();
  await connect(stranger, inlet);
});

async function connect(a: CrowdNode, b: CrowdNode): Promise<void> {
  await crowd.clock.complete(a.links.link(b.id));
  await crowd.clock.advance(10);
}

function sends(number: number, action: Inlet['action'], peer?: NodeId): void {
  const header = inletHeader(number, action, peer?.bytes);
  stranger.links.get(inlet.id)?.send(writer.empty().frame(FrameKind.inlet, header));
}

afterEach(async () => {
  await crowd.stop();
  expect(crowd.pendingTimers).toBe(0);
});

const ways = (): number[] => [inlet.metrics.value('passages'), subscriber.metrics.value('ways')];
const pins = (): number => inlet.links.pinned.length + subscriber.links.pinned.length;

describe('a way that a stranger asks an inlet for', () => {
  it('passes, and leaves nothing behind when it is closed', async () => {
    sends(2, Inlet_Action.REQUEST, subscriber.id);
    await crowd.clock.advance(10);
    expect(ways()).toEqual([1, 1]);
    expect(pins()).toBe(3);
    sends(2, Inlet_Action.CLOSE);
    await crowd.clock.advance(10);
    expect(ways()).toEqual([0, 0]);
    expect(pins()).toBe(0);
  });

  it('leaves nothing behind when the link of either side goes', async () => {
    for (const peer of [stranger.id, subscriber.id]) {
      sends(2, Inlet_Action.REQUEST, subscriber.id);
      await crowd.clock.advance(10);
      expect(ways()).toEqual([1, 1]);
      await crowd.clock.complete(inlet.links.get(peer)?.close() ?? Promise.resolve());
      await crowd.clock.advance(10);
      expect(ways()).toEqual([0, 0]);
      expect(pins()).toBe(0);
      await connect(stranger, inlet);
      await connect(inlet, subscriber);
    }
  });

  it('takes the place of the one that had its number', async () => {
    for (let i = 0; i < 500; i++) {
      sends(2, Inlet_Action.REQUEST, subscriber.id);
      await crowd.clock.advance(1);
    }
    await crowd.clock.advance(10);
    expect(ways()).toEqual([1, 1]);
    await crowd.clock.complete(inlet.links.get(stranger.id)?.close() ?? Promise.resolve());
    await crowd.clock.advance(10);
    expect(ways()).toEqual([0, 0]);
  });

  it('is one of a few, so that others find room', async () => {
    for (let number = 2; number <= 200; number += 2) {
      sends(number, Inlet_Action.REQUEST, subscriber.id);
      await crowd.clock.advance(1);
    }
    await crowd.clock.advance(10);
    expect(ways()).toEqual([4, 4]);
  });

  it('does not go around among nodes that all have links with one another', async () => {
    const third = await crowd.node();
    await connect(third, inlet);
    await connect(third, stranger);
    for (const action of [Inlet_Action.REQUEST, Inlet_Action.OFFER]) {
      sends(2, action, third.id);
      await crowd.clock.advance(30_000);
    }
    const frames = crowd.nodes.map(
      ({ id }) => crowd.network.stats.of(id).sentByKind.get(FrameKind.inlet)?.frames ?? 0,
    );
    // Request, offer, refusal, refusal; offer, refusal.
    expect(frames.reduce((sum, count) => sum + count)).toBe(6);
    expect(crowd.sum('passages') + crowd.sum('ways')).toBe(0);
  });

  it('is refused under an odd number', async () => {
    sends(3, Inlet_Action.REQUEST, subscriber.id);
    await crowd.clock.advance(1_500);
    expect(stranger.links.get(inlet.id)).toBeUndefined();
    expect(crowd.network.failures).toHaveLength(1);
  });

  it('is not offered to a node that has not named the inlet', async () => {
    const other = await crowd.node();
    await connect(inlet, other);
    sends(2, Inlet_Action.REQUEST, other.id);
    await crowd.clock.advance(10);
    expect(ways()).toEqual([0, 0]);
    expect(other.metrics.value('ways')).toBe(0);
  });
});
