import { describe, expect, it } from '@jest/globals';
import { type FrameView, LinkCloseCode, NodeId } from '@macula/core';
import { FrameWriter, payloadOf } from '@macula/wire';
import { virtualClock } from '../clock/virtual-clock.ts';
import { numbers } from '../compliance/links/links-bench.ts';
import { eventKind, playground, sendDatagram, sendNumbers } from '../../test/playground.ts';
import { memoryNetwork } from './memory-network.ts';

const noHeader = new Uint8Array();

function nodeId(first: number): NodeId {
  return NodeId.fromBytes(new Uint8Array(32).fill(first));
}

describe('the conditions of a memory network', () => {
  it('give every path its own latency', async () => {
    const clock = virtualClock();
    const near = 2;
    const far = 80;
    const nodes = memoryNetwork({
      clock,
      latencyMs: (from, to) =>
        (from.bytes[0] as number) % 2 === (to.bytes[0] as number) % 2 ? near : far,
    });
    const id = (n: number) => ({ id: nodeId(n) });
    const [a, b, c] = [nodes.node(id(2)), nodes.node(id(4)), nodes.node(id(3))];
    for (const [peer, latency] of [
      [b, near],
      [c, far],
    ] as const) {
      a.learn(peer.self, peer.localAddresses);
      const start = clock.now();
      const link = await clock.complete(a.link(peer.self));
      expect(clock.now() - start).toBe(2 * latency);
      expect(link.rtt).toBeCloseTo(2 * latency);
    }
  });

  it('make lost reliable frames late, not lost or disordered', async () => {
    const { clock, network, ab, received } = await playground({ latencyMs: 10 });
    network.change({ loss: 0.5 });
    for (let i = 0; i < 100; i++) {
      sendNumbers(ab, i, i + 1);
      await clock.advance(1);
    }
    await clock.advance(0);
    expect(received.length).toBeLessThan(80);
    await clock.advance(10_000);
    expect(received).toEqual(numbers(100));
  });

  it('lose, double and reorder datagrams', async () => {
    const { clock, network, ab, received } = await playground();
    network.change({ loss: 0.2, duplication: 0.2, reordering: 0.1 });
    for (let i = 0; i < 1_000; i++) {
      sendDatagram(ab, i);
      await clock.advance(1);
    }
    await clock.advance(100);
    const distinct = new Set(received);
    expect(distinct.size).toBeGreaterThan(700);
    expect(distinct.size).toBeLessThan(950);
    expect(received.length).toBeGreaterThan(distinct.size);
    expect(received).not.toEqual([...received].sort((x, y) => x - y));
  });

  it('limit bandwidth', async () => {
    const { clock, network, ab, received } = await playground();
    network.change({ bandwidth: 100 });
    sendNumbers(ab, 0, 1, 50_000);
    await clock.advance(500);
    expect(received).toEqual([]);
    await clock.advance(10);
    expect(received).toEqual([0]);
  });

  it('are again what they were once it is calm', async () => {
    const { clock, network, ab, received } = await playground({ latencyMs: 10 });
    network.change({ latencyMs: 500, loss: 0.9 });
    network.calm();
    for (const number of numbers(20)) sendDatagram(ab, number);
    await clock.advance(10);
    expect(received).toEqual(numbers(20));
  });

  it('are refused when out of range', () => {
    expect(() => memoryNetwork({ loss: 1 })).toThrow('loss');
    expect(() => memoryNetwork({ latencyMs: { min: 5, max: 1 } })).toThrow('latencyMs');
    expect(() => memoryNetwork({ bandwidth: 0 })).toThrow('bandwidth');
    expect(() => memoryNetwork({ queueBytes: 0 })).toThrow('queueBytes');
  });
});

describe('a node of a memory network', () => {
  it('finds others by itself when the network is omniscient', async () => {
    const clock = virtualClock();
    const network = memoryNetwork({ clock, omniscient: true });
    const [a, b] = [network.node(), network.node()];
    const link = await clock.complete(a.link(b.self));
    expect(link.peer).toEqual(b.self);
  });

  it('agrees on the features that both sides have', async () => {
    const clock = virtualClock();
    const network = memoryNetwork({ clock, omniscient: true });
    const a = network.node({ features: ['aliases', 'trees'] });
    const b = network.node({ features: ['trees', 'replay'] });
    const link = await clock.complete(a.link(b.self));
    expect([...link.features]).toEqual(['trees']);
  });

  it('has a clock of its own, skewed when wanted', async () => {
    const clock = virtualClock({ wallTime: 0 });
    const network = memoryNetwork({ clock });
    const node = network.node({ clockOffsetMs: 1_000, clockRate: 2 });
    await clock.advance(100);
    expect(node.clock.wallTime()).toBe(1_200);
    expect(node.clock.now()).toBe(1_200);
    network.crash(node.self);
    await clock.advance(100);
    expect(network.restart(node.self).clock.wallTime()).toBe(1_400);
  });

  it('counts pins', async () => {
    const { a, b } = await playground();
    const [first, second] = [a.pin(b.self), a.pin(b.self)];
    first();
    first();
    expect(a.pinned).toEqual([b.self]);
    second();
    expect(a.pinned).toEqual([]);
  });

  it('cannot be dialled by itself', async () => {
    const { clock, a } = await playground();
    await expect(clock.complete(a.link(a.self))).rejects.toThrow('no link to itself');
    const [address] = a.localAddresses as [(typeof a.localAddresses)[0]];
    await expect(clock.complete(a.dial(address))).rejects.toThrow('this node itself');
  });

  it('need not listen', async () => {
    const clock = virtualClock();
    const network = memoryNetwork({ clock });
    const [a, b] = [network.node({ addresses: [] }), network.node()];
    a.learn(b.self, b.localAddresses);
    await clock.complete(a.link(b.self));
    await clock.runUntil(() => b.get(a.self) !== undefined);
    await expect(clock.complete(b.link(a.self))).resolves.toBe(b.get(a.self));
  });

  it('leaves no timer behind when it stops, even in the middle of things', async () => {
    const { clock, network, a, b, ab } = await playground();
    const outcomes: unknown[] = [];
    const note = (promise: Promise<unknown>): void => {
      promise.catch((error: unknown) => outcomes.push((error as Error).name));
    };
    note(ab.request(7, noHeader, { timeout: 60_000 }));
    const c = network.node();
    a.learn(c.self, c.localAddresses);
    note(a.link(c.self));
    note(a.dial({ host: '10.88.0.1', port: 1 }));
    sendNumbers(ab, 0, 100);
    await clock.complete(a.stop());
    await clock.advance(0);
    expect(outcomes.sort()).toEqual(['LinkClosedError', 'NotRunningError', 'NotRunningError']);
    expect(a.clock.pendingTimers).toBe(0);
    await clock.complete(Promise.all([b.stop(), c.stop()]));
    await clock.advance(10);
    expect(clock.pendingTimers).toBe(0);
  });

  it('reports handlers and listeners that throw', async () => {
    const { clock, network, a, b, ab } = await playground();
    const broken = new Error('broken');
    b.handle(0xe5, () => {
      throw broken;
    });
    a.onLink(() => {
      throw broken;
    });
    ab.onClose(() => {
      throw broken;
    });
    ab.send(new FrameWriter().empty().frame(0xe5, noHeader));
    await clock.advance(10);
    await clock.complete(a.link(b.self));
    expect(network.failures.map(({ node, what, error }) => [node, what, error])).toEqual([
      [b.self.key, 'handler of kind 0xe5', broken],
      [a.self.key, 'close listener', broken],
      [a.self.key, 'link listener', broken],
    ]);
    for (let i = 0; i < 200; i++) {
      await clock.complete((await clock.complete(a.link(b.self))).close());
      await clock.advance(10);
    }
    expect(network.failures).toHaveLength(100);
  });

  it('resets a stream that its handler cannot take, and says why', async () => {
    const { clock, network, b, ab, closes } = await playground();
    b.handleStream(1, () => {
      throw new Error('no streams today');
    });
    let error: Error | undefined;
    ab.openStream(1, noHeader).onClose((reason) => (error = reason));
    await clock.advance(10);
    expect(error).toMatchObject({ name: 'StreamResetError', resetCode: LinkCloseCode.internal });
    expect(closes).toEqual([]);
    expect(network.failures.map(({ what }) => what)).toEqual(['stream handler of kind 0x1']);
  });

  it('loses the link to a peer whose stream sends what its listener cannot take', async () => {
    const { clock, b, ab, closes } = await playground();
    let taken = 0;
    b.handleStream(1, (_link, stream) => {
      stream.onFrame(() => {
        taken++;
        throw new Error('not that');
      });
    });
    const stream = ab.openStream(1, noHeader);
    const writer = new FrameWriter();
    for (let i = 0; i < 3; i++) stream.send(writer.empty().frame(2, noHeader));
    await clock.advance(10);
    expect(closes.map(({ code }) => code)).toEqual([1, 1]);
    expect(taken).toBe(1);
  });

  it('overwrites frames after their handler has returned', async () => {
    const { clock, b, ab } = await playground();
    let kept: FrameView | undefined;
    let payload: Uint8Array | undefined;
    b.handle(0xe5, (_link, frame) => {
      kept = frame;
      payload = payloadOf(frame);
      expect([...payload]).toEqual([1, 2, 3]);
    });
    ab.send(new FrameWriter().payload(new Uint8Array([1, 2, 3])).frame(0xe5, noHeader));
    await clock.advance(10);
    expect(kept).toBeDefined();
    expect([...(payload as Uint8Array)]).toEqual([0xdd, 0xdd, 0xdd]);
  });
});

describe('the traffic counters', () => {
  it('tell per node and kind what was sent and received', async () => {
    const { clock, network, a, b, ab, ba } = await playground();
    network.stats.reset();
    sendNumbers(ab, 0, 10, 96);
    sendDatagram(ba, 1);
    b.handleRequest(1, (_link, body) => body);
    await clock.complete(ab.request(1, noHeader));
    await clock.advance(10);
    const ofA = network.stats.of(a.self);
    const ofB = network.stats.of(b.self);
    expect(ofA.sentByKind.get(eventKind)?.frames).toBe(10);
    expect(ofA.sentByKind.get(eventKind)).toEqual(ofB.receivedByKind.get(eventKind));
    expect(ofA.sentByKind.get(eventKind)?.bytes).toBeGreaterThan(960);
    // Ten events and a request one way; a datagram and a response back.
    expect([ofA.sent.frames, ofB.sent.frames]).toEqual([11, 2]);
    expect(network.stats.total.sent).toEqual({
      frames: 13,
      bytes: ofA.sent.bytes + ofB.sent.bytes,
    });
    expect(network.stats.total.received).toEqual(network.stats.total.sent);
    expect([ofA.skipped, ofB.skipped]).toEqual([1, 0]);
  });
});
