import { describe, expect, it } from '@jest/globals';
import { type Address, type DatagramSocket, systemClock } from '@macula/core';
import { virtualClock } from '../clock/virtual-clock.ts';
import { seededRandom } from '../random/seeded-random.ts';
import {
  memoryDatagramNetwork,
  type MemoryDatagramNetworkOptions,
} from './memory-datagram-network.ts';

interface Received {
  readonly value: number;
  readonly at: number;
  readonly from: Address;
}

function pair(conditions: MemoryDatagramNetworkOptions = {}, seed = 1) {
  const clock = virtualClock();
  const network = memoryDatagramNetwork({ clock, random: seededRandom(seed), ...conditions });
  const a = network.socket();
  const b = network.socket();
  const received: Received[] = [];
  b.onMessage((bytes, from) => {
    received.push({ value: new DataView(bytes.buffer).getUint32(0), at: clock.now(), from });
  });
  return { clock, network, a, b, received };
}

function sendNumbers(from: DatagramSocket, to: Address, count: number, length = 100): void {
  for (let i = 0; i < count; i++) {
    const bytes = new Uint8Array(length);
    new DataView(bytes.buffer).setUint32(0, i);
    from.send(bytes, to);
  }
}

describe('memoryDatagramNetwork', () => {
  it('delivers everything in order after the latency when conditions are perfect', async () => {
    const { clock, network, a, b, received } = pair({ latencyMs: 7 });
    sendNumbers(a, b.localAddress, 100);
    await clock.advance(6.9);
    expect(received).toEqual([]);
    await clock.advance(0.1);
    expect(received.map(({ value }) => value)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(received[0]?.from).toEqual(a.localAddress);
    expect(network.stats(a.localAddress, b.localAddress)).toMatchObject({
      sent: 100,
      sentBytes: 10_000,
      delivered: 100,
      deliveredBytes: 10_000,
      lost: 0,
    });
    expect(network.inFlight).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives the receiver bytes of its own', async () => {
    const { clock, a, b } = pair({ duplication: 1 });
    const buffers: Uint8Array[] = [];
    b.onMessage((bytes) => buffers.push(bytes));
    const sent = Buffer.from([1, 2, 3, 4]);
    a.send(sent, b.localAddress);
    sent.fill(9);
    await clock.advance(5);
    expect(buffers).toEqual([new Uint8Array([1, 2, 3, 4]), new Uint8Array([1, 2, 3, 4])]);
    expect(buffers[0]?.buffer).not.toBe(buffers[1]?.buffer);
  });

  it('loses, duplicates, reorders and damages about as many as it was told to', async () => {
    const { clock, network, a, b, received } = pair({
      loss: 0.2,
      duplication: 0.1,
      reordering: 0.05,
      corruption: 0.05,
      jitterMs: 3,
    });
    sendNumbers(a, b.localAddress, 10_000);
    await clock.advance(100);
    const stats = network.stats(a.localAddress, b.localAddress);
    expect(stats.lost).toBeGreaterThan(1_800);
    expect(stats.lost).toBeLessThan(2_200);
    expect(stats.duplicated / 8_000).toBeCloseTo(0.1, 1);
    expect(stats.reordered / 8_800).toBeCloseTo(0.05, 1);
    expect(stats.corrupted / 8_800).toBeCloseTo(0.05, 1);
    expect(stats.delivered).toBe(10_000 - stats.lost + stats.duplicated);
    expect(received).toHaveLength(stats.delivered);
  });

  it('keeps the order under jitter alone', async () => {
    const { clock, a, b, received } = pair({ jitterMs: 50 });
    for (let i = 0; i < 20; i++) {
      sendNumbers(a, b.localAddress, 1);
      await clock.advance(1);
    }
    sendNumbers(a, b.localAddress, 50);
    await clock.advance(200);
    expect(received.slice(20).map(({ value }) => value)).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    );
    const times = received.map(({ at }) => at);
    expect(times).toEqual([...times].sort((x, y) => x - y));
  });

  it('repeats itself exactly for the same seed', async () => {
    const run = async (seed: number): Promise<Received[]> => {
      const conditions = { loss: 0.3, duplication: 0.2, reordering: 0.2, jitterMs: 5 };
      const { clock, a, b, received } = pair(conditions, seed);
      sendNumbers(a, b.localAddress, 500);
      await clock.advance(100);
      return received;
    };
    expect(await run(5)).toEqual(await run(5));
    expect(await run(5)).not.toEqual(await run(6));
  });

  it('loses what is longer than the MTU', async () => {
    const { clock, network, a, b, received } = pair({ mtu: 1_200 });
    sendNumbers(a, b.localAddress, 1, 1_201);
    sendNumbers(a, b.localAddress, 1, 1_200);
    await clock.advance(5);
    expect(received).toHaveLength(1);
    expect(network.stats(a.localAddress, b.localAddress).oversized).toBe(1);
  });

  it('spreads a burst over time when bandwidth is limited, and loses what its buffer cannot hold', async () => {
    const { clock, network, a, b, received } = pair({ bandwidth: 100, bufferBytes: 1_000 });
    sendNumbers(a, b.localAddress, 15);
    await clock.advance(50);
    expect(received.map(({ at }) => at)).toEqual(Array.from({ length: 10 }, (_, i) => i + 2));
    expect(network.stats(a.localAddress, b.localAddress).overflowed).toBe(5);
  });

  it('cuts both ways or one way, and heals', async () => {
    const { clock, network, a, b, received } = pair();
    let back = 0;
    a.onMessage(() => back++);
    const exchange = async (): Promise<[number, number]> => {
      received.length = 0;
      back = 0;
      sendNumbers(a, b.localAddress, 1);
      sendNumbers(b, a.localAddress, 1);
      await clock.advance(5);
      return [received.length, back];
    };
    expect(await exchange()).toEqual([1, 1]);
    network.partition(a.localAddress, [b.localAddress]);
    expect(await exchange()).toEqual([0, 0]);
    network.heal();
    const undo = network.partition(a.localAddress, b.localAddress, { oneWay: true });
    expect(await exchange()).toEqual([0, 1]);
    undo();
    expect(await exchange()).toEqual([1, 1]);
    const lift = network.blackhole(b.localAddress);
    expect(await exchange()).toEqual([0, 0]);
    lift();
    expect(await exchange()).toEqual([1, 1]);
    expect(network.stats(a.localAddress, b.localAddress).blocked).toBe(3);
  });

  it('rebinds a socket as a NAT does', async () => {
    const { clock, network, a, b, received } = pair();
    const outside = { host: '198.51.100.7', port: 40_000 };
    let back = 0;
    a.onMessage(() => back++);
    network.rebind(a, outside);
    expect(a.localAddress).not.toEqual(outside);
    sendNumbers(a, b.localAddress, 1);
    sendNumbers(b, a.localAddress, 1);
    sendNumbers(b, outside, 1);
    await clock.advance(5);
    expect(received[0]?.from).toEqual(outside);
    expect(back).toBe(1);
    expect(network.stats(b.localAddress, a.localAddress).unclaimed).toBe(1);
    await a.close();
    expect(() => network.rebind(a, outside)).toThrow('closed');
  });

  it('changes conditions for everybody or for one sender', async () => {
    const { clock, network, a, b, received } = pair();
    network.change({ loss: 1 }, b.localAddress);
    sendNumbers(a, b.localAddress, 1);
    sendNumbers(b, a.localAddress, 1);
    await clock.advance(5);
    expect(received).toHaveLength(1);
    expect(network.stats(b.localAddress, a.localAddress).lost).toBe(1);
    network.change({ loss: 1 });
    sendNumbers(a, b.localAddress, 1);
    await clock.advance(5);
    expect(received).toHaveLength(1);
  });

  it('neither sends nor receives on a closed socket, and frees its address', async () => {
    const { clock, network, a, b, received } = pair();
    sendNumbers(a, b.localAddress, 1);
    await b.close();
    await b.close();
    await a.close();
    sendNumbers(a, b.localAddress, 1);
    await clock.advance(5);
    expect(received).toEqual([]);
    expect(network.stats(a.localAddress, b.localAddress)).toMatchObject({ sent: 1, unclaimed: 1 });
    expect(network.socket(b.localAddress).localAddress).toEqual(b.localAddress);
    expect(() => network.socket(b.localAddress)).toThrow('taken');
  });

  it('bounds what is under way', async () => {
    const { clock, network, a, b } = pair({ latencyMs: 10_000 });
    sendNumbers(a, b.localAddress, 70_000, 4);
    expect(network.inFlight).toBe(65_536);
    expect(network.stats(a.localAddress, b.localAddress).overflowed).toBe(70_000 - 65_536);
    await clock.advance(10_000);
    expect(network.inFlight).toBe(0);
  });

  it('refuses conditions out of range', () => {
    expect(() => memoryDatagramNetwork({ loss: 1.5 })).toThrow('loss');
    expect(() => memoryDatagramNetwork({ latencyMs: -1 })).toThrow('latencyMs');
    expect(() => memoryDatagramNetwork({ mtu: 0 })).toThrow('mtu');
  });

  it('works in real time', async () => {
    const network = memoryDatagramNetwork({ clock: systemClock, latencyMs: 0 });
    const a = network.socket();
    const b = network.socket();
    b.onMessage((bytes, from) => {
      b.send(bytes, from);
    });
    const echoed = new Promise<Uint8Array>((resolve) => {
      a.onMessage(resolve);
    });
    a.send(new Uint8Array([1, 2, 3]), b.localAddress);
    expect(await echoed).toEqual(new Uint8Array([1, 2, 3]));
  });
});
