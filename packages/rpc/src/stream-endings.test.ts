import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AbortedError } from '@macula/core';
import { errorOf } from '../test/mesh.ts';
import { Pair, readAll } from '../test/pair.ts';
import {
  CallError,
  CalleeLostError,
  CallTimeoutError,
  ErrorUri,
  NoSuchProcedureError,
  OverloadedError,
} from './index.ts';

describe.each([
  ['another node', false],
  ['the node itself', true],
])('the end of streams to %s', (_where, local) => {
  let mesh: Pair;

  beforeEach(async () => {
    mesh = await Pair.start({ silenceMs: 500, local });
  });

  afterEach(() => mesh.stop());

  it('end with the error that the handler throws, for whoever reads, sends or waits', async () => {
    await mesh.serve(async (stream) => {
      await stream.send(1);
      throw new CallError('com.shop.closed', ['now'], { until: 9 });
    });
    const stream = await mesh.open('talk');
    const wanted = { uri: 'com.shop.closed', args: ['now'], kwargs: { until: 9 } };
    expect(await errorOf(mesh.clock.complete(stream.result))).toMatchObject(wanted);
    expect(await errorOf(mesh.clock.complete(readAll(stream)))).toMatchObject(wanted);
    expect(await errorOf(stream.send(2))).toMatchObject(wanted);
  });

  it('report what cannot be encoded where it was sent', async () => {
    await mesh.serve(async (stream) => {
      await expect(stream.send(() => 1)).rejects.toMatchObject({ code: 'macula.invalid_payload' });
      await readAll(stream);
      throw new CallError('com.odd', [Symbol('x')]);
    });
    const stream = await mesh.open('talk');
    await expect(stream.send(() => 1)).rejects.toMatchObject({ code: 'macula.invalid_payload' });
    stream.end();
    expect(await errorOf(mesh.clock.complete(stream.result))).toMatchObject({ uri: 'com.odd' });
    expect(await errorOf(mesh.open('talk', [() => 1]))).toMatchObject({
      code: 'macula.invalid_payload',
    });
    expect(await errorOf(mesh.open('talk', new Uint8Array(1_100_000)))).toMatchObject({
      code: 'macula.rpc.payload_too_large',
    });
  });

  it('report a result that cannot be encoded', async () => {
    await mesh.serve(() => () => 1);
    const stream = await mesh.open('talk');
    expect(await errorOf(mesh.clock.complete(stream.result))).toMatchObject({
      uri: ErrorUri.runtimeError,
    });
  });

  it('canceled by the caller stop the handler', async () => {
    let reason: unknown;
    let read: unknown;
    await mesh.serve(async (stream, context) => {
      context.signal.addEventListener('abort', () => {
        reason = context.signal.reason;
      });
      read = await errorOf(readAll(stream));
    });
    const stream = await mesh.open('talk');
    await mesh.clock.advance(10);
    stream.cancel('enough');
    stream.cancel('really');
    const error = await errorOf(stream.result);
    expect(error).toBeInstanceOf(AbortedError);
    expect(error.cause).toBe('enough');
    await mesh.clock.advance(20);
    expect(reason).toBeInstanceOf(AbortedError);
    expect(read).toBeInstanceOf(AbortedError);
  });

  it('canceled by the handler fail at the caller', async () => {
    await mesh.serve((stream) => {
      stream.cancel('no more');
      return new Promise(() => undefined);
    });
    const stream = await mesh.open('talk');
    const error = await errorOf(mesh.clock.complete(stream.result));
    expect(error).toMatchObject({ uri: ErrorUri.canceled });
  });

  it('obey the AbortSignal, before they are open and after', async () => {
    let stopped = false;
    await mesh.serve((_stream, { signal }) => {
      signal.addEventListener('abort', () => {
        stopped = true;
      });
      return new Promise(() => undefined);
    });
    const controller = new AbortController();
    const stream = await mesh.open('talk', [], { signal: controller.signal });
    await mesh.clock.advance(10);
    controller.abort('stop');
    expect(await errorOf(stream.result)).toBeInstanceOf(AbortedError);
    await mesh.clock.advance(20);
    expect(stopped).toBe(true);
    expect(await errorOf(mesh.open('talk', [], { signal: controller.signal }))).toBeInstanceOf(
      AbortedError,
    );
  });

  it('end at their time limit on both sides', async () => {
    let reason: unknown;
    await mesh.serve((_stream, { signal }) => {
      signal.addEventListener('abort', () => {
        reason = signal.reason;
      });
      return new Promise(() => undefined);
    });
    const before = mesh.clock.now();
    const stream = await mesh.open('talk', [], { timeout: 300 });
    expect(await errorOf(mesh.clock.complete(stream.result))).toBeInstanceOf(CallTimeoutError);
    expect(mesh.clock.now() - before).toBeLessThanOrEqual(305);
    await mesh.clock.advance(20);
    expect(reason).toBeInstanceOf(Error);
    expect(await errorOf(mesh.open('talk', [], { timeout: -1 }))).toMatchObject({
      code: 'macula.invalid_argument',
    });
  });

  it('need a stream procedure: one for calls is another thing', async () => {
    await mesh.offer('ask', () => 1);
    expect(await errorOf(mesh.open('ask'))).toBeInstanceOf(NoSuchProcedureError);
    await mesh.serve(() => 1);
    expect(await errorOf(mesh.call('talk'))).toBeInstanceOf(NoSuchProcedureError);
  });

  it('are refused beyond the concurrency limit', async () => {
    await mesh.serve(() => new Promise(() => undefined), { concurrency: 1 });
    const first = await mesh.open('talk');
    const second = await mesh.open('talk');
    expect(await errorOf(mesh.clock.complete(second.result))).toBeInstanceOf(OverloadedError);
    first.cancel();
    await mesh.clock.advance(20);
  });

  it('end when the caller stops', async () => {
    let stopped = false;
    await mesh.serve((_stream, { signal }) => {
      signal.addEventListener('abort', () => {
        stopped = true;
      });
      return new Promise(() => undefined);
    });
    const stream = await mesh.open('talk');
    await mesh.clock.advance(10);
    await mesh.caller.rpc.stop();
    expect(await errorOf(mesh.clock.complete(stream.result))).toBeInstanceOf(Error);
    await mesh.clock.advance(20);
    expect(stopped).toBe(true);
  });

  if (!local) {
    it('fail with a typed error when the callee is lost', async () => {
      await mesh.serve(() => new Promise(() => undefined));
      const stream = await mesh.open('talk');
      const reading = errorOf(readAll(stream));
      await mesh.clock.advance(10);
      mesh.network.crash(mesh.callee.links.self);
      expect(await mesh.clock.complete(reading)).toBeInstanceOf(CalleeLostError);
      expect(await errorOf(stream.result)).toBeInstanceOf(CalleeLostError);
    });

    it('stop the handler when the caller is lost', async () => {
      let reason: unknown;
      await mesh.serve((_stream, { signal }) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
        });
        return new Promise(() => undefined);
      });
      await mesh.open('talk');
      await mesh.clock.advance(10);
      mesh.network.crash(mesh.caller.links.self);
      await mesh.clock.advance(1_000);
      expect(reason).toBeInstanceOf(AbortedError);
    });

    it('are refused beyond the number that one caller may have open', async () => {
      mesh.callee = await mesh.node({ maxStreamsPerLink: 2 });
      await mesh.serve(() => new Promise(() => undefined));
      const streams = [await mesh.open('talk'), await mesh.open('talk'), await mesh.open('talk')];
      expect(await errorOf(mesh.clock.complete(streams[2]!.result))).toBeInstanceOf(
        OverloadedError,
      );
      for (const stream of streams) stream.cancel();
      await mesh.clock.advance(20);
    });

    it('go to another callee when the first cannot be reached', async () => {
      const other = await mesh.node();
      const options = { invoke: 'first' } as const;
      await mesh.serve(() => 'first', options);
      await mesh.clock.complete(other.rpc.registerStream('talk', () => 'second', options));
      await mesh.settle();
      mesh.network.crash(mesh.callee.links.self);
      const stream = await mesh.open('talk');
      expect(await mesh.clock.complete(stream.result)).toBe('second');
      mesh.network.crash(other.links.self);
      await mesh.clock.advance(1_000);
      expect(await errorOf(mesh.open('talk'))).toMatchObject({ uri: ErrorUri.noAvailableCallee });
    });

    it('end with "canceled" when the callee stops', async () => {
      await mesh.serve(() => new Promise(() => undefined));
      const stream = await mesh.open('talk');
      await mesh.clock.advance(10);
      await mesh.callee.rpc.stop();
      expect(await errorOf(mesh.clock.complete(stream.result))).toMatchObject({
        uri: ErrorUri.canceled,
      });
    });
  }
});
