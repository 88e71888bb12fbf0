import { describe, expect, it } from '@jest/globals';
import { LimitExceededError, LinkCloseCode, type LinkStream } from '@macula/core';
import { FrameWriter, payloadOf } from '@macula/wire';
import { NumberedFrames } from '../compliance/links/links-bench.ts';
import { eventKind, playground, sendNumbers } from '../../test/playground.ts';

const noHeader = new Uint8Array();

describe('the limits of a memory network', () => {
  it('close a link at a frame longer than allowed', async () => {
    const { clock, ab, closes } = await playground({ frameBytes: 10_000 });
    sendNumbers(ab, 0, 1, 20_000);
    await clock.advance(100);
    expect(closes.map(({ code }) => code)).toEqual([
      LinkCloseCode.frameTooLarge,
      LinkCloseCode.frameTooLarge,
    ]);
  });

  it('close a link at bytes that are no frame', async () => {
    const { clock, a, b, ab, received, closes } = await playground();
    const bytes = new Uint8Array([20, eventKind, 9]);
    ab.send({ kind: eventKind, bytes, start: 0, end: bytes.length });
    await clock.advance(100);
    expect(closes.map(({ code }) => code)).toEqual([1, 1]);
    // The missing rest must not swallow what comes on another link.
    sendNumbers(await clock.complete(a.link(b.self)), 0, 1);
    await clock.advance(100);
    expect(received).toEqual([0]);
  });

  it('bound datagrams, streams and requests', async () => {
    const { ab } = await playground({ datagramBytes: 100, streams: 2, requests: 1 });
    const frames = new NumberedFrames();
    expect(ab.sendDatagram(frames.frame(eventKind, 0, 90))).toBe(true);
    expect(ab.sendDatagram(frames.frame(eventKind, 0, 100))).toBe(false);
    ab.openStream(1, noHeader);
    ab.openStream(1, noHeader);
    expect(() => ab.openStream(1, noHeader)).toThrow(LimitExceededError);
    ab.request(1, noHeader).catch(() => undefined);
    await expect(ab.request(1, noHeader)).rejects.toThrow(LimitExceededError);
    await ab.close();
  });

  it('make room again when streams and requests are over', async () => {
    const { clock, b, ab } = await playground({ streams: 1, requests: 1 });
    b.handleStream(1, (_link, stream) => {
      stream.end();
    });
    b.handleRequest(1, (_link, body) => body);
    for (let i = 0; i < 3; i++) {
      const stream = ab.openStream(1, noHeader);
      stream.end();
      let closed = false;
      stream.onClose(() => (closed = true));
      await clock.runUntil(() => closed);
      await clock.complete(ab.request(1, noHeader));
    }
  });
});

describe('streams of a memory network', () => {
  it('deliver what was on its way when their link closes gracefully', async () => {
    const { clock, b, ab } = await playground();
    const received: number[] = [];
    let far: LinkStream | undefined;
    b.handleStream(1, (_link, stream) => {
      far = stream;
      stream.onFrame((frame) => received.push(payloadOf(frame).length));
    });
    const stream = ab.openStream(1, noHeader);
    const writer = new FrameWriter();
    for (const length of [1, 2, 3]) {
      stream.send(writer.payload(new Uint8Array(length)).frame(0xe6, noHeader));
    }
    await clock.complete(ab.close());
    let error: Error | undefined;
    await clock.advance(10);
    far?.onClose((reason) => (error = reason));
    expect(received).toEqual([1, 2, 3]);
    expect(error?.name).toBe('LinkClosedError');
  });

  it('give up what a reader that stands still has not taken when their link closes', async () => {
    const { clock, b, ab, closes } = await playground();
    b.handleStream(1, (_link, stream) => {
      stream.pause();
    });
    const stream = ab.openStream(1, noHeader);
    const writer = new FrameWriter();
    const bulk = new Uint8Array(50_000);
    while (stream.send(writer.payload(bulk).frame(0xe6, noHeader)));
    await clock.advance(100);
    const start = clock.now();
    await clock.complete(ab.close());
    expect(clock.now() - start).toBe(1_000);
    await clock.advance(10);
    expect(closes.map(({ end }) => end)).toEqual(['ab', 'ba']);
    await clock.runAll();
    expect(clock.pendingTimers).toBe(0);
  });
});
