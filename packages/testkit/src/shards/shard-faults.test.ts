import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Link,
  LinkCloseCode,
  type LinkCloseReason,
  type MaculaError,
  type NodeId,
} from '@macula/core';
import { eventKind, sendDatagram, sendNumbers } from '../../test/playground.ts';
import { type ShardsInTurns, shardsInTurns } from '../../test/shards-in-turns.ts';
import { numberOf, numbers } from '../compliance/links/links-bench.ts';
import type { MemoryLinks, MemoryNodeOptions } from '../index.ts';
import type { MemoryNode } from '../network/memory-node.ts';

const unreachable = 'macula.peer.unreachable';

// With two shards, the two nodes of a test live in different ones.
describe.each([1, 2])('what happens to nodes, in %d shards', (count) => {
  let mesh: ShardsInTurns;

  beforeEach(() => {
    mesh = shardsInTurns(count, {
      lookaheadMs: 1,
      latencyMs: 5,
      omniscient: true,
      silenceMs: 1_000,
    });
  });

  const pair = (
    first?: MemoryNodeOptions,
    second?: MemoryNodeOptions,
  ): [MemoryLinks, MemoryLinks] => [mesh.node(first), mesh.node(second)];
  /** `open`, or the code of what went wrong. */
  const dial = (from: MemoryLinks, to: NodeId): Promise<string> =>
    mesh.complete(
      from.link(to).then(
        ({ state }) => state,
        (error: MaculaError) => error.code,
      ),
    );
  const linked = async (from: MemoryLinks, to: MemoryLinks): Promise<[Link, Link]> => {
    await dial(from, to.self);
    await mesh.runUntil(() => to.get(from.self) !== undefined);
    return [from.get(to.self) as Link, to.get(from.self) as Link];
  };
  const heardBy = (node: MemoryLinks): number[] => {
    const heard: number[] = [];
    node.handle(eventKind, (_link, frame) => heard.push(numberOf(frame)));
    return heard;
  };
  const closesOf = (...ends: Link[]): number[] => {
    const codes: number[] = [];
    for (const end of ends) end.onClose(({ code }: LinkCloseReason) => codes.push(code));
    return codes;
  };
  const now = (): number => mesh.shards[0]?.clock.now() as number;

  it('a partition lets frames wait and loses datagrams, one way where that is said', async () => {
    const [a, b] = pair();
    const [ab, ba] = await linked(a, b);
    const [heardByA, heardByB] = [heardBy(a), heardBy(b)];
    mesh.each(({ network }) => network.partition(a.self, b.self, { oneWay: true }));
    sendNumbers(ab, 0, 5);
    sendDatagram(ab, 99);
    sendNumbers(ba, 0, 5);
    await mesh.advance(500);
    expect([heardByA, heardByB]).toEqual([numbers(5), []]);
    mesh.each(({ network }) => network.heal());
    await mesh.advance(500);
    expect(heardByB).toEqual(numbers(5));
  });

  it('a partition that lasts ends links as silent on both sides', async () => {
    const [a, b] = pair();
    const codes = closesOf(...(await linked(a, b)));
    mesh.each(({ network }) => network.partition(a.self, b.self));
    await mesh.advance(990);
    expect(codes).toEqual([]);
    await mesh.advance(20);
    expect(codes).toEqual([LinkCloseCode.silent, LinkCloseCode.silent]);
  });

  it('a crash stops timers and is noticed by its silence; the next life can be dialled', async () => {
    const [a, b] = pair();
    const [ab] = await linked(a, b);
    const codes = closesOf(ab);
    let fired = 0;
    b.clock.setTimer(() => fired++, 100);
    mesh.each(({ network }) => network.crash(b.self));
    await mesh.advance(1_010);
    expect([codes, fired]).toEqual([[LinkCloseCode.silent], 0]);
    expect(await dial(a, b.self)).toBe(unreachable);
    const lives = mesh.shards.map(({ network }) => network.restart(b.self).links);
    const again = lives.find((life) => life !== undefined) as MemoryLinks;
    expect(again).not.toBe(b);
    await linked(a, again);
  });

  it('a paused node holds its timers and what arrives, and goes on where it stood', async () => {
    const [a, b] = pair();
    const [ab] = await linked(a, b);
    const heard = heardBy(b);
    let fired = 0;
    b.clock.setTimer(() => fired++, 100);
    mesh.each(({ network }) => network.pause(b.self));
    sendNumbers(ab, 0, 3);
    await mesh.advance(500);
    expect([fired, heard]).toEqual([0, []]);
    mesh.each(({ network }) => network.resume(b.self));
    await mesh.advance(50);
    expect([fired, heard]).toEqual([1, numbers(3)]);
  });

  it('nobody outside opens a link to a node behind a NAT, which opens links itself', async () => {
    const [open, home] = pair({}, { nat: 'home' });
    expect(await dial(open, home.self)).toBe(unreachable);
    await linked(home, open);
    expect(await dial(open, home.self)).toBe('open');
    const [neighbour, stranger] = pair({ nat: 'home' }, { nat: 'office' });
    await linked(neighbour, home);
    expect(await dial(stranger, home.self)).toBe(unreachable);
  });

  it('a predicate decides who may open links', async () => {
    const [a, b] = pair();
    mesh.each(({ network }) => network.change({ mayOpen: (from) => !from.equals(a.self) }));
    expect(await dial(a, b.self)).toBe(unreachable);
    await linked(b, a);
  });

  it('a clock may be set wrong, and drift', async () => {
    const [a, b] = pair({}, { clockOffsetMs: 500, clockRate: 2 });
    let firedAt = 0;
    b.clock.setTimer(() => {
      firedAt = b.clock.now();
    }, 100);
    await mesh.advance(1_000);
    expect([a.clock.now(), b.clock.now(), firedAt]).toEqual([1_000, 2_500, 600]);
  });

  it('narrow lines take their time', async () => {
    mesh.each(({ network }) => network.change({ bandwidth: 10 }));
    const [a, b] = pair();
    const [ab] = await linked(a, b);
    const heard = heardBy(b);
    const began = now();
    sendNumbers(ab, 0, 10, 1_000);
    await mesh.runUntil(() => heard.length === 10);
    expect(now() - began).toBeGreaterThanOrEqual(10 * 100);
  });

  it('handlers that throw are remembered where they ran', async () => {
    const [a, b] = pair();
    const [ab] = await linked(a, b);
    b.handle(eventKind, () => {
      throw new Error('cannot take that');
    });
    sendNumbers(ab, 0, 1);
    await mesh.advance(50);
    const failures = mesh.shards.map(({ network }) => network.failures.map(({ node }) => node));
    expect(failures).toEqual(count === 1 ? [[b.self.key]] : [[], [b.self.key]]);
  });

  it('a link that closes slowly does not stand in the way of the next', async () => {
    mesh.each(({ network }) => network.change({ bandwidth: 10 }));
    const [a, b] = pair();
    const [ab, ba] = await linked(a, b);
    const heard = heardBy(b);
    const codes = closesOf(ab, ba);
    sendNumbers(ab, 0, 5, 1_000);
    void ab.close();
    expect(await dial(a, b.self)).toBe('open');
    sendNumbers(a.get(b.self) as Link, 5, 8);
    await mesh.advance(2_000);
    expect([...heard].sort((one, other) => one - other)).toEqual(numbers(8));
    expect(codes).toEqual([LinkCloseCode.none, LinkCloseCode.none]);
    expect([a.get(b.self)?.state, b.get(a.self)?.state]).toEqual(['open', 'open']);
  });

  it('what has crashed leaves nothing but its name', async () => {
    const [a, b] = pair();
    await linked(a, b);
    b.pin(a.self);
    b.learn(a.self, a.localAddresses);
    mesh.each(({ network }) => network.crash(b.self));
    await mesh.advance(1_010);
    expect([(b as MemoryNode).ends.size, b.pinned, b.clock.pendingTimers]).toEqual([0, [], 0]);
  });

  it('is refused where it does not fit the state of a node', () => {
    const { self } = mesh.node();
    const [first] = mesh.shards;
    expect(() => first?.network.resume(self)).toThrow(/is running/);
    expect(() => first?.network.restart(self)).toThrow(/is running/);
    first?.network.crash(self);
    expect(() => first?.network.pause(self)).toThrow(/is crashed/);
  });
});
