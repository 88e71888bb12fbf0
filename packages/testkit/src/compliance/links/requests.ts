import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert/strict';
import {
  AbortedError,
  InvalidArgumentError,
  LinkClosedError,
  RequestFailedError,
  TimeoutError,
} from '@macula/core';
import type { BenchOfTest } from '../links-compliance.ts';
import type { TestApi } from '../test-api.ts';
import { assertError, numbers, testKinds } from './links-bench.ts';

const kind = 0xe8;
const never = new Promise<Uint8Array>(() => undefined);

/** Requests and their responses. */
export function requestCompliance({ describe, it }: TestApi, bench: BenchOfTest): void {
  describe('requests', () => {
    it('get the response of the handler for their kind, in both directions', async () => {
      const { a, b, ab, ba } = await bench().linked();
      b.handleRequest(kind, (link, body) => {
        strictEqual(link, ba);
        return Uint8Array.from(body, (byte) => byte + 1);
      });
      a.handleRequest(kind, (_link, body) => Promise.resolve(body.slice().reverse()));
      const [up, reversed] = await bench().complete(
        Promise.all([
          ab.request(kind, new Uint8Array([1, 2, 3])),
          ba.request(kind, new Uint8Array([1, 2, 3])),
        ]),
      );
      deepStrictEqual([...up], [2, 3, 4]);
      deepStrictEqual([...reversed], [3, 2, 1]);
    });

    it('and responses may be empty or long', async () => {
      const { b, ab } = await bench().linked();
      b.handleRequest(kind, (_link, body) => body);
      for (const length of [0, 1, 300_000]) {
        const body = new Uint8Array(length).fill(length & 0xff);
        const response = await bench().complete(ab.request(kind, body));
        ok(Buffer.from(response).equals(body), `a body of ${length} bytes came back changed`);
      }
    });

    it('hand the handler a body that it may keep', async () => {
      const { b, ab } = await bench().linked();
      const kept: Uint8Array[] = [];
      b.handleRequest(kind, (_link, body) => {
        kept.push(body);
        return new Uint8Array();
      });
      const body = new Uint8Array(1);
      for (const number of numbers(20)) {
        body[0] = number;
        await bench().complete(ab.request(kind, body));
      }
      deepStrictEqual(
        kept.map(([number]) => number),
        numbers(20),
      );
    });

    it('may be answered in any order', async () => {
      const { b, ab } = await bench().linked();
      const waiting: (() => void)[] = [];
      b.handleRequest(
        kind,
        (_link, body) =>
          new Promise((resolve) => {
            waiting.push(() => {
              resolve(body);
            });
          }),
      );
      const responses = Promise.all(
        numbers(100).map((number) => ab.request(kind, new Uint8Array([number]))),
      );
      await bench().eventually(() => waiting.length === 100);
      for (const answer of waiting.reverse()) answer();
      deepStrictEqual(
        (await bench().complete(responses)).map(([number]) => number),
        numbers(100),
      );
    });

    it('fail with the code of what the handler throws', async () => {
      const { b, ab } = await bench().linked();
      b.handleRequest(kind, () => {
        throw new InvalidArgumentError('that cannot work');
      });
      b.handleRequest(kind + 1, () => Promise.reject(new TimeoutError('somebody else is slow')));
      b.handleRequest(kind + 2, () => Promise.reject(new Error('anything')));
      const reasons: string[] = [];
      for (const failing of [kind, kind + 1, kind + 2]) {
        const error = await bench().failure(ab.request(failing, new Uint8Array()));
        assertError(error, RequestFailedError);
        reasons.push((error as RequestFailedError).reason);
      }
      deepStrictEqual(reasons, ['macula.invalid_argument', 'macula.timeout', 'macula.internal']);
      strictEqual(ab.state, 'open');
    });

    it('of a kind that nobody handles fail', async () => {
      const { ab } = await bench().linked();
      const error = await bench().failure(ab.request(kind, new Uint8Array()));
      assertError(error, RequestFailedError);
      strictEqual(ab.state, 'open');
    });

    it('fail with TimeoutError when no response comes in time, and ignore one that comes later', async () => {
      const { b, ab } = await bench().linked();
      let answer: ((body: Uint8Array) => void) | undefined;
      b.handleRequest(
        kind,
        () =>
          new Promise((resolve) => {
            answer = resolve;
          }),
      );
      b.handleRequest(kind + 1, () => new Uint8Array([1]));
      const error = await bench().failure(ab.request(kind, new Uint8Array(), { timeout: 50 }));
      assertError(error, TimeoutError);
      await bench().eventually(() => answer !== undefined);
      answer?.(new Uint8Array([2]));
      deepStrictEqual([...(await bench().complete(ab.request(kind + 1, new Uint8Array())))], [1]);
    });

    it('fail with AbortedError when their signal fires, before or while they wait', async () => {
      const { b, ab } = await bench().linked();
      let called = 0;
      b.handleRequest(kind, () => {
        called++;
        return never;
      });
      const signal = AbortSignal.abort(new Error('too late'));
      const before = await bench().failure(ab.request(kind, new Uint8Array(), { signal }));
      assertError(before, AbortedError);
      strictEqual(((before as AbortedError).cause as Error).message, 'too late');
      const controller = new AbortController();
      const waiting = ab.request(kind, new Uint8Array(), { signal: controller.signal });
      waiting.catch(() => undefined);
      await bench().eventually(() => called > 0);
      controller.abort();
      assertError(await bench().failure(waiting), AbortedError);
      strictEqual(called, 1);
    });

    it('fail with LinkClosedError when the link closes, whichever side closes it', async () => {
      const { a, b, ab, ba } = await bench().linked();
      let called = 0;
      for (const node of [a, b]) {
        node.handleRequest(kind, () => {
          called++;
          return never;
        });
      }
      const requests = [ab, ba].map((link) => link.request(kind, new Uint8Array()));
      for (const request of requests) request.catch(() => undefined);
      await bench().eventually(() => called === 2);
      await bench().complete(ab.close());
      for (const request of requests) assertError(await bench().failure(request), LinkClosedError);
      assertError(await bench().failure(ab.request(kind, new Uint8Array())), LinkClosedError);
    });

    it('go to one handler per kind', async () => {
      const { b, ab } = await bench().linked();
      const remove = b.handleRequest(kind, () => new Uint8Array([1]));
      throws(() => b.handleRequest(kind, () => new Uint8Array([2])));
      remove();
      remove();
      b.handleRequest(kind, () => new Uint8Array([3]));
      deepStrictEqual([...(await bench().complete(ab.request(kind, new Uint8Array())))], [3]);
    });

    it('keep their order among frames of class control', async () => {
      const { b, ab } = await bench().linked();
      const seen: string[] = [];
      b.handle(testKinds.control, () => void seen.push('frame'));
      b.handleRequest(kind, (_link, body) => {
        seen.push('request');
        return body;
      });
      ab.send(bench().frames.frame(testKinds.control, 0));
      const response = ab.request(kind, new Uint8Array());
      ab.send(bench().frames.frame(testKinds.control, 1));
      await bench().complete(response);
      await bench().eventually(() => seen.length === 3);
      deepStrictEqual(seen, ['frame', 'request', 'frame']);
    });
  });
}
