import { afterEach, describe, expect, it } from '@jest/globals';
import type { EncodedFrame } from '@macula/core';
import { FrameKind, readFrame } from '@macula/wire';
import { Crowd, type CrowdNode } from '../test/crowd.ts';

let crowd: Crowd;

afterEach(async () => {
  await crowd.stop();
  expect(crowd.network.failures).toEqual([]);
  expect(crowd.pendingTimers).toBe(0);
});

const texts = (count: number): string[] => Array.from({ length: count }, (_, i) => `event ${i}`);

/** Lets a node write 'f' in place of each 'e' in what it passes on. */
function turn({ links }: CrowdNode): void {
  for (const link of links.all()) {
    const send = link.send.bind(link);
    const lie = (frame: EncodedFrame): boolean => {
      if (frame.kind !== FrameKind.treeEvent) return send(frame);
      const bytes = Buffer.from(frame.bytes.subarray(frame.start, frame.end));
      const { headerEnd, payloadEnd } = readFrame(bytes);
      const payload = bytes.subarray(headerEnd, payloadEnd);
      const at = payload.indexOf('event');
      payload[at] = 'f'.charCodeAt(0);
      return send({ kind: frame.kind, bytes, start: 0, end: bytes.length });
    };
    Object.assign(link, { send: lie });
  }
}

/** A publisher, 200 subscribers of which one that passes events on has turned, and what the others have seen. */
async function betrayed(sealTrees: boolean) {
  crowd = new Crowd({ latencyMs: { min: 1, max: 10 } });
  const publisher = await crowd.node({ sealTrees });
  const nodes = await crowd.nodesOf(200);
  const seen = nodes.map((): unknown[] => []);
  for (const [index, { pubsub }] of nodes.entries()) {
    await pubsub.subscribe('a.b', ({ payload }) => seen[index]!.push(payload));
  }
  await crowd.clock.complete(publisher.pubsub.publish('a.b', 'event 0'));
  await crowd.clock.advance(100);
  const liar = nodes.find(
    ({ links, metrics }) => links.get(publisher.id) !== undefined && metrics.value('relayed') > 0,
  );
  turn(liar as CrowdNode);
  return { publisher, seen };
}

async function publish(publisher: CrowdNode, qos: 0 | 1): Promise<void> {
  for (const text of texts(40).slice(1)) {
    void publisher.pubsub.publish('a.b', text, qos === 1 ? { qos } : undefined);
    await crowd.clock.advance(50);
  }
  await crowd.clock.advance(2_000);
}

describe('a forwarder that alters what it passes on', () => {
  it('is believed where events are not sealed', async () => {
    const { publisher, seen } = await betrayed(false);
    await publish(publisher, 0);
    expect(seen.some((one) => one.includes('fvent 7'))).toBe(true);
  });

  it('harms nobody where they are: acknowledged events come straight from the publisher, unaltered', async () => {
    const { publisher, seen } = await betrayed(true);
    await publish(publisher, 1);
    for (const one of seen) expect(one).toEqual(texts(40));
    expect(crowd.sum('dropped', 'forged')).toBeGreaterThan(0);
    expect(publisher.metrics.value('retries')).toBeGreaterThan(0);
  });

  it('costs those behind it the plain events until they have asked the publisher', async () => {
    const { publisher, seen } = await betrayed(true);
    await publish(publisher, 0);
    for (const one of seen) {
      expect(one.filter((text) => !String(text).startsWith('event'))).toEqual([]);
      expect(one.length).toBeGreaterThan(35);
      expect(one.at(-1)).toBe('event 39');
    }
  });
});
