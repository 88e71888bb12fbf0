import { describe, expect, it } from '@jest/globals';
import {
  LinkCloseCode,
  LinkClosedError,
  NotRunningError,
  PeerUnreachableError,
  TimeoutError,
} from '@macula/core';
import { numbers } from '../compliance/links/links-bench.ts';
import type { MemoryNode } from './memory-node.ts';
import { playground, sendDatagram, sendNumbers } from '../../test/playground.ts';

const { silent } = LinkCloseCode;

describe('a partition', () => {
  it('lets reliable frames wait until it heals, in order, and loses datagrams', async () => {
    const { clock, network, a, b, ab, received, closes } = await playground();
    sendNumbers(ab, 0, 10);
    await clock.advance(0.5);
    network.partition(a.self, b.self);
    sendNumbers(ab, 10, 20);
    expect(sendDatagram(ab, 99)).toBe(true);
    await clock.advance(4_000);
    expect(received).toEqual([]);
    network.heal();
    sendNumbers(ab, 20, 30);
    await clock.advance(5_000);
    expect(received).toEqual(numbers(30));
    expect(closes).toEqual([]);
  });

  it('ends links as silent on both sides after the silence limit', async () => {
    const { clock, network, a, b, ab, ba, closes } = await playground();
    const start = clock.now();
    const request = ab.request(1, new Uint8Array(), { timeout: 60_000 });
    request.catch(() => undefined);
    network.partition([a.self], [b.self]);
    await clock.advance(4_999);
    expect(closes).toEqual([]);
    await clock.advance(1);
    expect(closes).toEqual([
      { end: 'ab', at: start + 5_000, code: silent },
      { end: 'ba', at: start + 5_000, code: silent },
    ]);
    await expect(request).rejects.toThrow(LinkClosedError);
    expect([ab.state, ba.state]).toEqual(['closed', 'closed']);
    expect([a.get(b.self), b.get(a.self)]).toEqual([undefined, undefined]);
  });

  it('counts only unbroken silence', async () => {
    const { clock, network, a, b, closes } = await playground();
    for (let i = 0; i < 3; i++) {
      network.partition(a.self, b.self);
      await clock.advance(3_000);
      network.heal();
      await clock.advance(10);
    }
    expect(closes).toEqual([]);
  });

  it('may cut one direction only', async () => {
    const { clock, network, a, b, ab, ba, received, closes } = await playground();
    let back = 0;
    a.handle(0x1f, () => back++);
    const undo = network.partition(a.self, b.self, { oneWay: true });
    sendNumbers(ab, 0, 1);
    sendNumbers(ba, 0, 1);
    await clock.advance(100);
    expect([received.length, back]).toEqual([0, 1]);
    undo();
    await clock.advance(100);
    expect([received.length, back]).toEqual([1, 1]);
    network.partition(a.self, b.self, { oneWay: true });
    await clock.advance(5_000);
    expect(closes.map(({ code }) => code)).toEqual([silent, silent]);
  });

  it('is undone by itself, and leaves others standing', async () => {
    const { clock, network, a, b, ab, received } = await playground();
    const first = network.partition(a.self, b.self);
    const second = network.partition(b.self, [a.self]);
    first();
    sendNumbers(ab, 0, 1);
    await clock.advance(100);
    expect(received).toEqual([]);
    second();
    await clock.advance(100);
    expect(received).toEqual([0]);
  });

  it('lets a dial wait, which succeeds when it heals in time and fails otherwise', async () => {
    const { clock, network, a, b } = await playground();
    const c = network.node();
    a.learn(c.self, c.localAddresses);
    network.partition(a.self, [b.self, c.self]);
    const patient = a.link(c.self);
    await clock.advance(2_000);
    network.heal();
    expect((await clock.complete(patient)).state).toBe('open');
    network.partition(a.self, [b.self, c.self]);
    await clock.advance(6_000);
    await expect(clock.complete(a.link(c.self, { timeout: 1_000 }))).rejects.toThrow(TimeoutError);
    await expect(clock.complete(a.link(c.self))).rejects.toThrow(PeerUnreachableError);
  });

  it('in the middle of a handshake leaves nothing half open', async () => {
    for (const after of [0.5, 1.5, 2.5]) {
      const { clock, network, a } = await playground();
      const c = network.node();
      a.learn(c.self, c.localAddresses);
      const dial = a.link(c.self, { timeout: 60_000 });
      dial.catch(() => undefined);
      await clock.advance(after);
      network.partition(a.self, c.self);
      await clock.advance(20_000);
      expect([a.get(c.self), c.get(a.self)]).toEqual([undefined, undefined]);
      expect((c as MemoryNode).ends.size).toBe(0);
      network.heal();
      const link = await clock.complete(a.link(c.self));
      await clock.runUntil(() => c.get(a.self) !== undefined);
      expect(link.state).toBe('open');
    }
  });

  it('does not keep a graceful close from ending on both sides', async () => {
    const { clock, network, a, b, ab, received, closes } = await playground();
    network.partition(a.self, b.self);
    sendNumbers(ab, 0, 5);
    await clock.complete(ab.close(LinkCloseCode.idle));
    await clock.advance(100);
    expect(closes.map(({ end, code }) => [end, code])).toEqual([['ab', LinkCloseCode.idle]]);
    network.heal();
    await clock.advance(100);
    expect(received).toEqual(numbers(5));
    expect(closes[1]).toMatchObject({ end: 'ba', code: LinkCloseCode.idle });
  });
});

describe('a crash', () => {
  it('is noticed by its silence, and nothing runs on the node any more', async () => {
    const { clock, network, a, b, ab, received, closes } = await playground();
    let fired = 0;
    b.clock.setTimer(() => fired++, 10);
    b.clock.defer(() => fired++);
    network.crash(b.self);
    sendNumbers(ab, 0, 5);
    await clock.advance(4_999);
    expect(closes).toEqual([]);
    await clock.advance(1);
    expect(closes.map(({ end, code }) => [end, code])).toEqual([['ab', silent]]);
    expect([fired, received.length]).toEqual([0, 0]);
    expect(b.clock.pendingTimers).toBe(0);
    await expect(b.link(a.self)).rejects.toThrow(NotRunningError);
    await expect(clock.complete(a.link(b.self))).rejects.toThrow(PeerUnreachableError);
    await b.stop();
  });

  it('lets what had left arrive, and nothing else', async () => {
    const { clock, network, a, ab, received } = await playground();
    sendNumbers(ab, 0, 5);
    await clock.advance(0.5);
    sendNumbers(ab, 5, 10);
    network.crash(a.self);
    await clock.advance(100);
    expect(received).toEqual(numbers(5));
  });

  it('leaves nothing in the network but its name', async () => {
    const { clock, network, a, b } = await playground();
    b.pin(a.self);
    network.crash(b.self);
    await clock.advance(5_000);
    expect([(b as MemoryNode).ends.size, b.pinned]).toEqual([0, []]);
  });

  it('can be followed by a new life with the same identity', async () => {
    const { clock, network, a, b, ab, closes } = await playground();
    network.crash(b.self);
    await clock.advance(1_000);
    const again = network.restart(b.self);
    expect(again.self).toEqual(b.self);
    expect(again.localAddresses).toEqual(b.localAddresses);
    // The survivor still takes its old link for open, until the new life dials.
    expect(a.get(b.self)).toBe(ab);
    again.learn(a.self, a.localAddresses);
    const link = await clock.complete(again.link(a.self));
    await clock.runUntil(() => a.get(b.self) !== undefined && a.get(b.self) !== ab);
    expect(closes.map(({ end, code }) => [end, code])).toEqual([['ab', silent]]);
    expect(link.state).toBe('open');
    const received: number[] = [];
    again.handle(0x1f, () => received.push(1));
    sendNumbers(a.get(b.self) as typeof ab, 0, 1);
    await clock.advance(10);
    expect(received).toEqual([1]);
  });

  it('in the middle of a dial lets the other node be dialled by the next life', async () => {
    const { clock, network, b } = await playground();
    const c = network.node();
    c.learn(b.self, b.localAddresses);
    const dial = c.link(b.self);
    dial.catch(() => undefined);
    await clock.advance(1.5);
    network.crash(c.self);
    await clock.advance(10_000);
    expect(b.get(c.self)).toBeUndefined();
    const again = network.restart(c.self);
    again.learn(b.self, b.localAddresses);
    expect((await clock.complete(again.link(b.self))).state).toBe('open');
  });

  it('is told apart from a stop, after which the port is closed', async () => {
    const { clock, network, a, b } = await playground();
    await clock.complete(b.stop());
    const dial = a.dial(b.localAddresses[0] as (typeof b.localAddresses)[0]);
    const start = clock.now();
    await expect(clock.complete(dial)).rejects.toThrow('nobody listens');
    expect(clock.now() - start).toBeLessThan(10);
    const again = network.restart(b.self);
    await clock.complete(a.link(b.self));
    await clock.runUntil(() => again.get(a.self) !== undefined);
  });
});

describe('a paused node', () => {
  it('holds its timers and what arrives, and goes on where it stood', async () => {
    const { clock, network, b, ab, ba, received, closes } = await playground();
    const fired: number[] = [];
    b.clock.setTimer(() => fired.push(clock.now()), 100);
    const cancelled = b.clock.setTimer(() => fired.push(-1), 100);
    const start = clock.now();
    network.pause(b.self);
    b.clock.defer(() => fired.push(0));
    sendNumbers(ab, 0, 10);
    sendNumbers(ba, 0, 10);
    await clock.advance(3_000);
    expect([fired, received]).toEqual([[], []]);
    cancelled.cancel();
    network.resume(b.self);
    await clock.advance(100);
    expect(fired).toEqual([0, start + 3_000]);
    expect(received).toEqual(numbers(10));
    expect(closes).toEqual([]);
  });

  it('is given up by its peers after the silence limit, and learns it when it goes on', async () => {
    const { clock, network, b, ba, closes } = await playground();
    network.pause(b.self);
    await clock.advance(8_000);
    expect(closes.map(({ end, code }) => [end, code])).toEqual([['ab', silent]]);
    expect(ba.state).toBe('open');
    network.resume(b.self);
    expect(closes.map(({ end, code }) => [end, code])).toEqual([
      ['ab', silent],
      ['ba', silent],
    ]);
  });

  it('can crash', async () => {
    const { clock, network, b, closes } = await playground();
    b.clock.setTimer(() => undefined, 10);
    network.pause(b.self);
    await clock.advance(50);
    network.crash(b.self);
    await clock.advance(10_000);
    expect(closes.map(({ end }) => end)).toEqual(['ab']);
  });

  it('is stopped with its network', async () => {
    const { clock, network, b } = await playground();
    network.pause(b.self);
    await clock.complete(network.stop());
    await clock.runAll();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('faults of unknown nodes', () => {
  it('are refused', async () => {
    const { network, a, b } = await playground();
    expect(() => network.resume(a.self)).toThrow('is running');
    expect(() => network.restart(a.self)).toThrow('is running');
    network.crash(b.self);
    expect(() => network.pause(b.self)).toThrow('is crashed');
    network.restart(b.self);
    expect(() => network.node(b.self)).toThrow('runs already');
    expect(() => network.node({ addresses: a.localAddresses })).toThrow('belongs to');
  });
});
