import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MaculaError } from '@macula/core';
import { errorOf } from '../test/mesh.ts';
import { Pair } from '../test/pair.ts';
import {
  CallError,
  ErrorUri,
  NoSuchProcedureError,
  OverloadedError,
  PayloadTooLargeError,
} from './index.ts';

describe('calls that fail', () => {
  let mesh: Pair;

  beforeEach(async () => {
    mesh = await Pair.start();
  });

  afterEach(() => mesh.stop());

  it('keep the URI, args and kwargs of the error that the handler threw', async () => {
    await mesh.offer('fail', () => {
      throw new CallError('com.shop.sold_out', ['tea', 3], { until: 'monday' });
    });
    const error = await errorOf(mesh.call('fail'));
    expect(error).toBeInstanceOf(CallError);
    expect(error).toMatchObject({
      code: 'macula.rpc.call_failed',
      uri: 'com.shop.sold_out',
      args: ['tea', 3],
      kwargs: { until: 'monday' },
    });
  });

  it('take errors of other layers that name their own URI as they are', async () => {
    class OtherLayersError extends MaculaError {
      readonly code = 'other';
      readonly uri = 'com.other.failed';
      readonly args = ['why'];
      readonly kwargs = { when: 1 };
    }
    await mesh.offer('p', () => {
      throw new OtherLayersError('failed');
    });
    expect(await errorOf(mesh.call('p'))).toMatchObject({
      uri: 'com.other.failed',
      args: ['why'],
      kwargs: { when: 1 },
    });
  });

  it('map other exceptions to a runtime error with the message and nothing else', async () => {
    await mesh.offer('fail', async () => {
      await Promise.resolve();
      throw Object.assign(new TypeError('secret thing is undefined'), { password: 'x' });
    });
    const error = (await errorOf(mesh.call('fail'))) as CallError;
    expect([error.uri, error.args, error.kwargs]).toEqual([
      ErrorUri.runtimeError,
      ['secret thing is undefined'],
      {},
    ]);
    expect(JSON.stringify(error.args)).not.toContain('at ');
  });

  it('report a result that cannot be encoded', async () => {
    await mesh.offer('fail', () => () => 1);
    expect(await errorOf(mesh.call('fail'))).toMatchObject({ uri: ErrorUri.runtimeError });
  });

  it('report error arguments that cannot be encoded', async () => {
    await mesh.offer('fail', () => {
      throw new CallError('com.odd', [Symbol('x')]);
    });
    expect(await errorOf(mesh.call('fail'))).toMatchObject({
      uri: 'com.odd',
      args: ['com.odd, with arguments that cannot be sent'],
    });
  });

  it('reject arguments that cannot be encoded, or are too large', async () => {
    await mesh.offer('echo', (args) => args);
    expect(await errorOf(mesh.call('echo', [() => 1]))).toMatchObject({
      code: 'macula.invalid_payload',
    });
    const large = new Uint8Array(1_100_000);
    expect(await errorOf(mesh.call('echo', large))).toBeInstanceOf(PayloadTooLargeError);
    expect(await mesh.call('echo', ['still works'])).toEqual(['still works']);
  });

  it('report a result that is too large', async () => {
    await mesh.offer('large', () => new Uint8Array(1_100_000));
    expect(await errorOf(mesh.call('large'))).toMatchObject({ uri: ErrorUri.payloadSizeExceeded });
  });

  it('fail for a procedure that nobody has registered, once the directory has answered', async () => {
    mesh.directory.readyMs = 300;
    const before = mesh.clock.now();
    expect(await errorOf(mesh.call('nobody.home'))).toBeInstanceOf(NoSuchProcedureError);
    expect(mesh.clock.now() - before).toBe(300);
    expect(mesh.caller.metrics.value('macula_rpc_calls_total no_such_procedure')).toBe(1);
  });

  it('reject a name that is none', async () => {
    expect(await errorOf(mesh.call('Not A Name'))).toMatchObject({ code: 'macula.invalid_uri' });
    expect(await errorOf(mesh.call('a.*'))).toMatchObject({ code: 'macula.invalid_uri' });
  });

  it('reject a timeout that is none', async () => {
    expect(await errorOf(mesh.call('a', [], { timeout: 0 }))).toMatchObject({
      code: 'macula.invalid_argument',
    });
  });

  it('are refused with an error beyond the concurrency limit', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    await mesh.offer('slow', () => gate, { concurrency: 2 });
    const running = [mesh.caller.rpc.call('slow'), mesh.caller.rpc.call('slow')];
    expect(await errorOf(mesh.call('slow'))).toBeInstanceOf(OverloadedError);
    release();
    expect(await mesh.clock.complete(Promise.all(running))).toEqual([undefined, undefined]);
    expect(await mesh.call('slow')).toBeUndefined();
  });
});
