import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert/strict';
import { LinkCloseCode, LinkClosedError, type LinkStream, StreamResetError } from '@macula/core';
import type { BenchOfTest } from '../links-compliance.ts';
import type { TestApi } from '../test-api.ts';
import {
  fill,
  type LinkedPair,
  numberOf,
  numbers,
  otherKind,
  testKinds,
  watchClose,
} from './links-bench.ts';

const kind = 0xe9;
const header = new Uint8Array([5, 6, 7]);

/** What has happened to one end of a stream. */
interface Witness {
  readonly received: number[];
  readonly events: string[];
  readonly errors: (Error | undefined)[];
}

function witness(stream: LinkStream): Witness {
  const seen: Witness = { received: [], events: [], errors: [] };
  stream.onFrame((frame) => {
    seen.received.push(numberOf(frame));
  });
  stream.onEnd(() => {
    seen.events.push(`ended after ${seen.received.length}`);
  });
  stream.onClose((error) => {
    seen.events.push('closed');
    seen.errors.push(error);
  });
  return seen;
}

function assertReset(error: Error | undefined, code: number): void {
  ok(error instanceof StreamResetError, `got ${String(error)}`);
  strictEqual(error.resetCode, code);
}

interface StreamPair extends LinkedPair {
  readonly near: LinkStream;
  readonly far: LinkStream;
}

/** Streams beside the shared ones. */
export function streamCompliance({ describe, it }: TestApi, bench: BenchOfTest): void {
  /** A stream that both sides have; without listeners. */
  const opened = async (): Promise<StreamPair> => {
    const pair = await bench().linked();
    let far: LinkStream | undefined;
    pair.b.handleStream(kind, (_link, stream) => {
      far = stream;
    });
    const near = pair.ab.openStream(kind, header);
    await bench().eventually(() => far !== undefined);
    return { ...pair, near, far: far as LinkStream };
  };

  const send = (stream: LinkStream, number: number, size?: number): boolean =>
    stream.send(bench().frames.frame(otherKind, number, size));

  describe('streams', () => {
    it('reach the handler of their kind with link and header', async () => {
      const { b, ab, ba } = await bench().linked();
      const seen: [unknown, LinkStream][] = [];
      b.handleStream(kind, (link, stream) => seen.push([link, stream]));
      const near = ab.openStream(kind, header);
      await bench().eventually(() => seen.length > 0);
      const [[link, far]] = seen as [[unknown, LinkStream]];
      strictEqual(link, ba);
      deepStrictEqual([far.link, far.kind, [...far.header]], [ba, kind, [...header]]);
      deepStrictEqual([near.link, near.kind, [...near.header]], [ab, kind, [...header]]);
    });

    it('carry frames both ways in order, and close when both sides have ended', async () => {
      const { near, far } = await opened();
      const [atNear, atFar] = [witness(near), witness(far)];
      for (const number of numbers(100)) {
        ok(send(near, number, number * 13));
        ok(send(far, number, number * 17));
      }
      near.end();
      far.end();
      strictEqual(send(near, 100), false);
      await bench().eventually(() => atNear.errors.length > 0 && atFar.errors.length > 0);
      for (const { received, events, errors } of [atNear, atFar]) {
        deepStrictEqual(received, numbers(100));
        deepStrictEqual(events, ['ended after 100', 'closed']);
        deepStrictEqual(errors, [undefined]);
      }
    });

    it('keep frames that arrive before there is a listener', async () => {
      const { near, far, ab, b } = await opened();
      for (const number of numbers(10)) send(near, number);
      near.end();
      // A control frame that is handled later than the stream's frames could have been.
      const fence = bench().collect(b, testKinds.control);
      ab.send(bench().frames.frame(testKinds.control, 0));
      await bench().eventually(() => fence.length > 0);
      const atFar = witness(far);
      await bench().eventually(() => atFar.events.length > 0);
      deepStrictEqual(atFar.received, numbers(10));
      deepStrictEqual(atFar.events, ['ended after 10']);
    });

    it('stop delivering when paused, block the sender when the window is full, and lose nothing', async () => {
      const { near, far } = await opened();
      const received: number[] = [];
      far.onFrame((frame) => {
        received.push(numberOf(frame));
        if (received.length === 1) far.pause();
      });
      let drains = 0;
      near.onDrain(() => drains++);
      let accepted = 0;
      const push = (): void => {
        while (accepted < 4_000 && send(near, accepted, 16_000)) accepted++;
      };
      push();
      await bench().eventually(() => received.length > 0);
      // Whatever the implementation buffers: after a while it must refuse and stay refusing.
      let before = -1;
      while (before !== accepted) {
        before = accepted;
        push();
        const fence = near.link.request(kind, new Uint8Array()).catch(() => undefined);
        await bench().complete(fence);
        push();
      }
      ok(accepted < 4_000, 'a paused stream takes everything');
      strictEqual(received.length, 1);
      far.resume();
      await bench().eventually(() => received.length === accepted);
      deepStrictEqual(received, numbers(accepted));
      ok(drains > 0);
      strictEqual(send(near, accepted), true);
    });

    it('that are filled up whenever there is room carry everything', async () => {
      const { near, far } = await opened();
      let received = 0;
      far.onFrame(() => received++);
      let accepted = 0;
      const push = (): void => {
        while (accepted < 300) {
          // What is refused has not been taken; `onDrain` follows.
          if (!send(near, accepted, 70_000)) return;
          accepted++;
        }
      };
      near.onDrain(push);
      push();
      await bench().eventually(() => received === 300);
    });

    it('that are full and paused do not hold up the rest of the link', async () => {
      const { near, far, ab, b } = await opened();
      far.pause();
      const received = bench().collect(b, testKinds.control);
      fill((number) => send(near, number, 16_000));
      ab.send(bench().frames.frame(testKinds.control, 1));
      const other = ab.openStream(kind, header);
      send(other, 0);
      await bench().eventually(() => received.length > 0);
      strictEqual(ab.state, 'open');
    });

    it('may be ended on one side and go on in the other direction', async () => {
      const { near, far } = await opened();
      const [atNear, atFar] = [witness(near), witness(far)];
      send(near, 0);
      near.end();
      await bench().eventually(() => atFar.events.length > 0);
      deepStrictEqual(atFar.events, ['ended after 1']);
      for (const number of numbers(50)) ok(send(far, number));
      await bench().eventually(() => atNear.received.length === 50);
      deepStrictEqual([atNear.events, atFar.events], [[], ['ended after 1']]);
      far.end();
      await bench().eventually(() => atNear.errors.length > 0 && atFar.errors.length > 0);
      deepStrictEqual(atNear.events, ['ended after 50', 'closed']);
    });

    it('can be reset, which the other side learns with the code', async () => {
      for (const side of ['near', 'far'] as const) {
        const pair = await opened();
        const [atNear, atFar] = [witness(pair.near), witness(pair.far)];
        pair[side].reset(0x2a);
        await bench().eventually(() => atNear.errors.length > 0 && atFar.errors.length > 0);
        assertReset((side === 'near' ? atFar : atNear).errors[0], 0x2a);
        strictEqual(send(pair.near, 0), false);
        strictEqual(send(pair.far, 0), false);
        strictEqual(pair.ab.state, 'open');
        deepStrictEqual([atNear.errors.length, atFar.errors.length], [1, 1]);
      }
    });

    it('that are paused, or have no reader yet, learn of a reset all the same', async () => {
      const { near, far, ab } = await opened();
      const { errors } = witness(far);
      far.pause();
      fill((number) => send(near, number, 16_000));
      near.reset(0x2a);
      const unread: (Error | undefined)[] = [];
      ab.openStream(kind + 1, header).onClose((error) => unread.push(error));
      await bench().eventually(() => errors.length > 0 && unread.length > 0);
      assertReset(errors[0], 0x2a);
      assertReset(unread[0], LinkCloseCode.internal);
    });

    it('of a kind that nobody handles are reset with internal', async () => {
      const { ab } = await bench().linked();
      const seen = witness(ab.openStream(kind, header));
      await bench().eventually(() => seen.errors.length > 0);
      assertReset(seen.errors[0], LinkCloseCode.internal);
      strictEqual(ab.state, 'open');
    });

    it('whose handler throws are reset with internal, and their link goes on', async () => {
      const { b, ab, ba } = await bench().linked();
      b.handleStream(kind, () => {
        throw new Error('no use for it');
      });
      const seen = witness(ab.openStream(kind, header));
      await bench().eventually(() => seen.errors.length > 0);
      assertReset(seen.errors[0], LinkCloseCode.internal);
      const received = bench().collect(b, testKinds.control);
      ab.send(bench().frames.frame(testKinds.control, 1));
      await bench().eventually(() => received.length > 0);
      deepStrictEqual([ab.state, ba.state], ['open', 'open']);
    });

    it('whose frame listener throws close their link with protocolViolation', async () => {
      const { near, far, ab, ba } = await opened();
      const closes = [watchClose(ab), watchClose(ba)];
      far.onFrame(() => {
        throw new Error('cannot be read');
      });
      send(near, 0);
      await bench().eventually(() => closes.every(({ reasons }) => reasons.length > 0));
      deepStrictEqual(
        closes.map(({ reasons }) => reasons.map(({ code, remote }) => ({ code, remote }))),
        [
          [{ code: LinkCloseCode.protocolViolation, remote: true }],
          [{ code: LinkCloseCode.protocolViolation, remote: false }],
        ],
      );
    });

    it('close with an error when their link is lost', async () => {
      const { near, far, ba } = await opened();
      const [atNear, atFar] = [witness(near), witness(far)];
      await bench().complete(ba.close());
      await bench().eventually(() => atNear.errors.length > 0 && atFar.errors.length > 0);
      for (const { errors } of [atNear, atFar]) {
        strictEqual(errors.length, 1);
        ok(errors[0] instanceof Error);
      }
      strictEqual(send(near, 0), false);
    });

    it('cannot be opened on a link that is closed', async () => {
      const { ab } = await bench().linked();
      await bench().complete(ab.close());
      throws(() => ab.openStream(kind, header), LinkClosedError);
    });

    it('do not disturb one another', async () => {
      const { b, ab } = await bench().linked();
      const witnesses = new Map<number, Witness>();
      b.handleStream(kind, (_link, stream) => {
        witnesses.set(stream.header[0] as number, witness(stream));
      });
      const streams = numbers(50).map((id) => ab.openStream(kind, new Uint8Array([id])));
      for (const number of numbers(20)) {
        for (const stream of streams) ok(send(stream, number, 200));
      }
      for (const [id, stream] of streams.entries()) {
        if (id % 2 === 0) stream.end();
        else stream.reset(id);
      }
      const ended = (): number[] =>
        [...witnesses].flatMap(([id, { events }]) =>
          id % 2 === 0 && events.length > 0 ? [id] : [],
        );
      await bench().eventually(() => ended().length === 25);
      for (const [id, seen] of witnesses) {
        if (id % 2 === 0) deepStrictEqual(seen.received, numbers(20));
      }
    });

    it('go to one handler per kind', async () => {
      const { b, ab } = await bench().linked();
      const seen: string[] = [];
      const remove = b.handleStream(kind, () => seen.push('first'));
      throws(() => b.handleStream(kind, () => seen.push('second')));
      remove();
      b.handleStream(kind, () => seen.push('third'));
      ab.openStream(kind, header);
      await bench().eventually(() => seen.length > 0);
      deepStrictEqual(seen, ['third']);
    });
  });
}
