import { beforeEach, describe, expect, it } from '@jest/globals';
import { LinkCloseCode } from '@macula/core';
import { type VirtualClock, virtualClock } from '../clock/virtual-clock.ts';
import { NumberedFrames } from '../compliance/links/links-bench.ts';
import { eventKind } from '../../test/playground.ts';
import type { MemoryLinks } from './memory-links.ts';
import { type MemoryNetwork, memoryNetwork } from './memory-network.ts';

describe('a link that nobody uses', () => {
  let clock: VirtualClock;
  let network: MemoryNetwork;
  let a: MemoryLinks;
  let b: MemoryLinks;
  const frames = new NumberedFrames();

  beforeEach(async () => {
    clock = virtualClock();
    network = memoryNetwork({ clock, omniscient: true, idleMs: 1_000 });
    [a, b] = [network.node(), network.node()];
    b.handle(eventKind, () => undefined);
    await clock.complete(a.link(b.self));
    await clock.advance(10);
  });

  it('closes on both sides', async () => {
    const codes: number[] = [];
    for (const node of [a, b]) {
      for (const link of node.all()) link.onClose(({ code }) => codes.push(code));
    }
    await clock.advance(900);
    expect(codes).toEqual([]);
    await clock.advance(500);
    expect(codes).toEqual([LinkCloseCode.idle, LinkCloseCode.idle]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('stays while it is used', async () => {
    for (let i = 0; i < 10; i++) {
      a.get(b.self)?.send(frames.frame(eventKind, i));
      await clock.advance(700);
    }
    expect(a.get(b.self)?.state).toBe('open');
  });

  it('stays while one side has pinned it', async () => {
    const release = b.pin(a.self);
    await clock.advance(5_000);
    expect(a.get(b.self)?.state).toBe('open');
    release();
    await clock.advance(500);
    expect(a.get(b.self)).toBeUndefined();
  });

  it('stays while a request waits or a stream is open', async () => {
    b.handleRequest(
      0xe2,
      (_link, body) =>
        new Promise((resolve) => {
          clock.setTimer(() => {
            resolve(body);
          }, 3_000);
        }),
    );
    b.handleStream(0xe3, () => undefined);
    const answer = a.get(b.self)?.request(0xe2, Uint8Array.of(1));
    expect(await clock.complete(answer as Promise<Uint8Array>)).toEqual(Uint8Array.of(1));
    a.get(b.self)?.openStream(0xe3, new Uint8Array()).send(frames.frame(eventKind, 1));
    await clock.advance(5_000);
    expect(a.get(b.self)?.state).toBe('open');
  });
});
