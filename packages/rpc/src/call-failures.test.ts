import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MaculaError } from '@macula/core';
import { errorOf, Mesh, type MeshNode } from '../test/mesh.ts';
import {
  CallError,
  ErrorUri,
  NoSuchProcedureError,
  OverloadedError,
  PayloadTooLargeError,
} from './index.ts';

describe('calls that fail', () => {
  let mesh: Mesh;
  let caller: MeshNode;
  let callee: MeshNode;

  beforeEach(async () => {
    mesh = new Mesh();
    caller = await mesh.node();
    callee = await mesh.node();
  });

  afterEach(() => mesh.stop());

  /** Calls and lets time pass until the call settles. */
  function call(...args: Parameters<MeshNode['rpc']['call']>): Promise<unknown> {
    return mesh.clock.complete(caller.rpc.call(...args));
  }

  it('keep the URI, args and kwargs of the error that the handler threw', async () => {
    await callee.rpc.register('fail', () => {
      throw new CallError('com.shop.sold_out', ['tea', 3], { until: 'monday' });
    });
    await mesh.settle();
    const error = await errorOf(call('fail'));
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
    await callee.rpc.register('p', () => {
      throw new OtherLayersError('failed');
    });
    await mesh.settle();
    expect(await errorOf(call('p'))).toMatchObject({
      uri: 'com.other.failed',
      args: ['why'],
      kwargs: { when: 1 },
    });
  });

  it('map other exceptions to a runtime error with the message and nothing else', async () => {
    await callee.rpc.register('fail', async () => {
      await Promise.resolve();
      throw Object.assign(new TypeError('secret thing is undefined'), { password: 'x' });
    });
    await mesh.settle();
    const error = (await errorOf(call('fail'))) as CallError;
    expect([error.uri, error.args, error.kwargs]).toEqual([
      ErrorUri.runtimeError,
      ['secret thing is undefined'],
      {},
    ]);
    expect(JSON.stringify(error.args)).not.toContain('at ');
  });

  it('report a result that cannot be encoded', async () => {
    await callee.rpc.register('fail', () => () => 1);
    await mesh.settle();
    expect(await errorOf(call('fail'))).toMatchObject({ uri: ErrorUri.runtimeError });
  });

  it('report error arguments that cannot be encoded', async () => {
    await callee.rpc.register('fail', () => {
      throw new CallError('com.odd', [Symbol('x')]);
    });
    await mesh.settle();
    expect(await errorOf(call('fail'))).toMatchObject({
      uri: 'com.odd',
      args: ['com.odd, with arguments that cannot be sent'],
    });
  });

  it('reject arguments that cannot be encoded, or are too large', async () => {
    await callee.rpc.register('echo', (args) => args);
    await mesh.settle();
    expect(await errorOf(call('echo', [() => 1]))).toMatchObject({
      code: 'macula.invalid_payload',
    });
    const large = new Uint8Array(1_100_000);
    expect(await errorOf(call('echo', large))).toBeInstanceOf(PayloadTooLargeError);
    expect(await call('echo', ['still works'])).toEqual(['still works']);
  });

  it('report a result that is too large', async () => {
    await callee.rpc.register('large', () => new Uint8Array(1_100_000));
    await mesh.settle();
    expect(await errorOf(call('large'))).toMatchObject({ uri: ErrorUri.payloadSizeExceeded });
  });

  it('fail for a procedure that nobody has registered, once the directory has answered', async () => {
    mesh.directory.readyMs = 300;
    const before = mesh.clock.now();
    expect(await errorOf(call('nobody.home'))).toBeInstanceOf(NoSuchProcedureError);
    expect(mesh.clock.now() - before).toBe(300);
    expect(caller.metrics.value('macula_rpc_calls_total no_such_procedure')).toBe(1);
  });

  it('reject a name that is none', async () => {
    expect(await errorOf(call('Not A Name'))).toMatchObject({ code: 'macula.invalid_uri' });
    expect(await errorOf(call('a.*'))).toMatchObject({ code: 'macula.invalid_uri' });
  });

  it('reject a timeout that is none', async () => {
    expect(await errorOf(call('a', [], { timeout: 0 }))).toMatchObject({
      code: 'macula.invalid_argument',
    });
  });

  it('are refused with an error beyond the concurrency limit', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    await callee.rpc.register('slow', () => gate, { concurrency: 2 });
    await mesh.settle();
    const running = [caller.rpc.call('slow'), caller.rpc.call('slow')];
    expect(await errorOf(call('slow'))).toBeInstanceOf(OverloadedError);
    release();
    expect(await mesh.clock.complete(Promise.all(running))).toEqual([undefined, undefined]);
    expect(await call('slow')).toBeUndefined();
  });
});
