import { afterEach, describe, expect, it } from '@jest/globals';
import { forwarders, type Listener, numbers, opened, type Stream } from '../test/audience.ts';
import type { Crowd, CrowdNode } from '../test/crowd.ts';
import { UndeliveredError } from './index.ts';

let crowd: Crowd;

afterEach(async () => {
  await crowd.stop();
  expect(crowd.network.failures).toEqual([]);
  expect(crowd.pendingTimers).toBe(0);
});

/** So long a link is silent before it counts as closed. */
const silenceMs = 8_000;

/** Who is told of the deaths, and when: before the links close, after it, instead of it, or nobody. */
type News = 'before its links' | 'after its links' | 'by membership only' | 'by links only';

const cases = ([0, 1] as const).flatMap((qos) =>
  (['before its links', 'after its links', 'by membership only', 'by links only'] as const).map(
    (news) => [news, qos] as const,
  ),
);

function told(publisher: CrowdNode, victims: readonly Listener[]): void {
  for (const { node } of victims) {
    crowd.directory.forget(node.id);
    publisher.told('failed', node.id);
  }
}

async function die(
  victims: readonly Listener[],
  publisher: CrowdNode,
  stream: Stream,
  news: News,
): Promise<void> {
  if (news === 'by membership only') {
    // Their pub/sub stands still, and their links stay open.
    for (const { node } of victims) crowd.network.pause(node.id);
  } else for (const { node } of victims) crowd.kill(node);
  await stream.flow(30, 100);
  if (news === 'before its links' || news === 'by membership only') told(publisher, victims);
  await stream.flow(70, 100);
  if (news === 'after its links') told(publisher, victims);
}

describe('forwarders that die in the middle of a stream along a tree', () => {
  it.each(cases)(
    'leave nobody unserved for longer than a detection time: known %s, quality of service %i',
    async (news, qos) => {
      const silence = news === 'by membership only' ? 600_000 : silenceMs;
      const { crowd: made, publisher, all, stream } = await opened(qos, 120, silence);
      crowd = made;
      const victims = forwarders(all, publisher, 'first').slice(0, 3);
      await die(victims, publisher, stream, news);
      const from = stream.count;
      await stream.flow(50, 100);
      await crowd.clock.advance(5_000);
      if (news === 'by membership only') {
        for (const { node } of victims) crowd.network.resume(node.id);
      }
      for (const one of all) {
        if (victims.includes(one)) continue;
        const seen = stream.at(one);
        expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
        expect(seen.length + one.missed).toBe(stream.count);
        expect(seen.slice(-50)).toEqual(numbers(50, from));
        if (qos === 1) expect(seen).toEqual(numbers(stream.count));
      }
      if (qos === 0) return;
      // Publications wait for subscribers of whom nobody has heard that they are gone.
      if (news === 'by links only') told(publisher, victims);
      const keys = victims.map(({ node }) => node.id.key);
      for (const outcome of await crowd.clock.complete(Promise.all(stream.ends))) {
        if (outcome === undefined) continue;
        expect(outcome).toBeInstanceOf(UndeliveredError);
        const { undelivered, unnamed } = outcome as UndeliveredError;
        for (const { node } of undelivered) expect(keys).toContain(node.key);
        expect(unnamed).toBe(0);
      }
    },
  );

  it('are not trusted with a tree that was being made when they died', async () => {
    const { crowd: made, publisher, all, stream } = await opened(0, 120, silenceMs);
    crowd = made;
    const [first, second] = forwarders(all, publisher, 'first') as [Listener, Listener];
    crowd.kill(first.node);
    told(publisher, [first]);
    // The next tree is under way.
    await stream.flow(1, 15);
    crowd.kill(second.node);
    told(publisher, [second]);
    await stream.flow(40, 100);
    const from = stream.count;
    await stream.flow(10, 100);
    await crowd.clock.advance(1_000);
    for (const one of all) {
      if (one === first || one === second) continue;
      expect(stream.at(one).slice(-10)).toEqual(numbers(10, from));
    }
  });
});

describe('a tree whose forwarders die until too few are left for another', () => {
  it('is given up: all who live are served straight, and one is made again when they are back', async () => {
    const { crowd: made, publisher, all, stream } = await opened(0, 40, 2_000);
    crowd = made;
    const dying = [
      ...forwarders(all, publisher, 'first').slice(0, 10),
      ...all.filter(({ node }) => node.metrics.value('relayed') === 0).slice(0, 15),
    ];
    for (const { node } of dying) crowd.kill(node);
    // It takes a detection time, and another tree that does not stand.
    await stream.flow(100, 100);
    const from = stream.count;
    await stream.flow(20, 100);
    // That they are dead is known late, and changes nothing.
    for (const { node } of dying) publisher.told('failed', node.id);
    await stream.flow(20, 2_000);
    for (const one of all) {
      if (!dying.includes(one)) expect(stream.at(one).slice(-40)).toEqual(numbers(40, from));
    }
    expect(publisher.metrics.value('trees', 'started')).toBe(1);
  });
});
