import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { errorOf, Mesh, type MeshNode } from '../test/mesh.ts';
import { CalleeLostError, CalleeUnavailableError, CallTimeoutError, ErrorUri } from './index.ts';

describe('losing the callee', () => {
  let mesh: Mesh;
  let caller: MeshNode;
  let first: MeshNode;
  let second: MeshNode;

  beforeEach(async () => {
    mesh = new Mesh({ silenceMs: 500 });
    caller = await mesh.node();
    first = await mesh.node();
    second = await mesh.node();
  });

  afterEach(() => mesh.stop());

  /** Registers `work` on both callees; the first one never answers. */
  async function registerBoth(): Promise<{ runs: number[] }> {
    const state = { runs: [0, 0] };
    const stuck = (): Promise<never> => {
      state.runs[0]!++;
      return new Promise(() => undefined);
    };
    await mesh.clock.complete(first.rpc.register('work', stuck, { invoke: 'first' }));
    await mesh.settle();
    const answer = (): string => {
      state.runs[1]!++;
      return 'second';
    };
    await mesh.clock.complete(second.rpc.register('work', answer, { invoke: 'first' }));
    await mesh.settle();
    return state;
  }

  function closeLinkTo(node: MeshNode): void {
    void caller.links.get(node.links.self)?.close();
  }

  it('fails a call that was sent, at once, and does not make it again', async () => {
    const state = await registerBoth();
    const pending = errorOf(caller.rpc.call('work'));
    await mesh.clock.advance(50);
    const before = mesh.clock.now();
    void first.links.get(caller.links.self)?.close();
    const error = await mesh.clock.complete(pending);
    expect(error).toBeInstanceOf(CalleeLostError);
    expect(error).toMatchObject({ uri: ErrorUri.canceled, code: 'macula.rpc.callee_lost' });
    expect(mesh.clock.now() - before).toBeLessThan(10);
    await mesh.clock.advance(5_000);
    expect(state.runs).toEqual([1, 0]);
    expect(caller.metrics.value('macula_rpc_calls_total lost')).toBe(1);
  });

  it('makes an idempotent call again elsewhere', async () => {
    const state = await registerBoth();
    const pending = caller.rpc.call('work', [], { idempotent: true });
    await mesh.clock.advance(50);
    mesh.network.crash(first.links.self);
    expect(await mesh.clock.complete(pending)).toBe('second');
    expect(state.runs).toEqual([1, 1]);
    expect(caller.metrics.value('macula_rpc_retries_total')).toBe(1);
  });

  it('makes a call elsewhere that had not left, also one that may run only once', async () => {
    const state = await registerBoth();
    const narrow = await mesh.node({ maxCallsPerLink: 1 });
    await mesh.settle();
    const sent = errorOf(narrow.rpc.call('work'));
    await mesh.clock.advance(20);
    const waiting = narrow.rpc.call('work');
    await mesh.clock.advance(20);
    void first.links.get(narrow.links.self)?.close();
    expect(await mesh.clock.complete(sent)).toBeInstanceOf(CalleeLostError);
    expect(await mesh.clock.complete(waiting)).toBe('second');
    expect(state.runs).toEqual([1, 1]);
  });

  it('makes an idempotent call again at the same callee when that is back', async () => {
    let runs = 0;
    const handler = (): Promise<string> | string => {
      runs++;
      return runs === 1 ? new Promise(() => undefined) : 'again';
    };
    await mesh.clock.complete(first.rpc.register('only', handler));
    await mesh.settle();
    const pending = caller.rpc.call('only', [], { idempotent: true });
    await mesh.clock.advance(50);
    closeLinkTo(first);
    expect(await mesh.clock.complete(pending)).toBe('again');
    expect(runs).toBe(2);
  });

  it('gives up on an idempotent call after its retries', async () => {
    let runs = 0;
    const handler = (): Promise<never> => {
      runs++;
      return new Promise(() => undefined);
    };
    await mesh.clock.complete(first.rpc.register('only', handler));
    await mesh.settle();
    const pending = errorOf(caller.rpc.call('only', [], { idempotent: true, retries: 2 }));
    for (let i = 0; i < 3; i++) {
      await mesh.clock.runUntil(() => runs === i + 1);
      closeLinkTo(first);
    }
    expect(await mesh.clock.complete(pending)).toBeInstanceOf(CalleeLostError);
    expect(runs).toBe(3);
  });

  it('never retries past the deadline', async () => {
    await mesh.clock.complete(first.rpc.register('only', () => 1));
    await mesh.settle();
    mesh.network.crash(first.links.self);
    const before = mesh.clock.now();
    const options = { idempotent: true, retries: 1_000, timeout: 3_000 };
    const error = await errorOf(mesh.clock.complete(caller.rpc.call('only', [], options)));
    expect(error.name).toMatch(/CalleeUnavailableError|CallTimeoutError/);
    expect(mesh.clock.now() - before).toBeLessThanOrEqual(3_005);
  });

  it('goes elsewhere when the callee cannot even be dialled, idempotent or not', async () => {
    const state = await registerBoth();
    mesh.network.crash(first.links.self);
    expect(await mesh.clock.complete(caller.rpc.call('work'))).toBe('second');
    expect(state.runs).toEqual([0, 1]);
  });

  it('goes on until somebody can be reached, however many cannot, and without retries', async () => {
    const options = { invoke: 'first' } as const;
    const gone = [first, second, await mesh.node(), await mesh.node(), await mesh.node()];
    for (const { rpc } of [...gone, await mesh.node()]) {
      const order = mesh.clock.now();
      await mesh.clock.complete(rpc.register('work', () => order, options));
      await mesh.settle();
    }
    const last = mesh.clock.now();
    for (const { links } of gone) mesh.network.crash(links.self);
    const answer = await mesh.clock.complete(caller.rpc.call('work', [], { retries: 0 }));
    expect(last - Number(answer)).toBeLessThan(50);
    expect(caller.metrics.value('macula_rpc_retries_total')).toBe(5);
  });

  it('reports that nobody could be reached', async () => {
    await registerBoth();
    mesh.network.crash(first.links.self);
    mesh.network.crash(second.links.self);
    const error = await errorOf(mesh.clock.complete(caller.rpc.call('work')));
    expect(error).toBeInstanceOf(CalleeUnavailableError);
    expect(error).toMatchObject({ uri: ErrorUri.noAvailableCallee });
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('waits for a callee that stands still only as long as the deadline allows', async () => {
    let runs = 0;
    await mesh.clock.complete(first.rpc.register('only', () => ++runs));
    await mesh.settle();
    await mesh.clock.complete(caller.rpc.call('only'));
    mesh.network.pause(first.links.self);
    const before = mesh.clock.now();
    const error = await errorOf(mesh.clock.complete(caller.rpc.call('only', [], { timeout: 300 })));
    expect(error).toBeInstanceOf(CallTimeoutError);
    expect(mesh.clock.now() - before).toBe(300);
    mesh.network.resume(first.links.self);
    await mesh.clock.advance(50);
    expect(await mesh.clock.complete(caller.rpc.call('only'))).toBeGreaterThan(1);
    expect(caller.metrics.value('macula_rpc_stale_answers_total')).toBe(0);
  });

  it('stops the handlers of a caller that is gone', async () => {
    let stopped = 0;
    const handler = (_args: unknown, { signal }: { signal: AbortSignal }): Promise<never> => {
      signal.addEventListener('abort', () => stopped++);
      return new Promise(() => undefined);
    };
    await mesh.clock.complete(first.rpc.register('only', handler));
    await mesh.settle();
    for (let i = 0; i < 3; i++) caller.rpc.call('only').catch(() => undefined);
    await mesh.clock.advance(50);
    mesh.network.crash(caller.links.self);
    await mesh.clock.advance(1_000);
    expect(stopped).toBe(3);
    expect(first.metrics.value('macula_rpc_invocations_total canceled')).toBe(3);
  });

  it('finds a callee again that has restarted', async () => {
    await mesh.clock.complete(first.rpc.register('only', () => 'old'));
    await mesh.settle();
    expect(await mesh.clock.complete(caller.rpc.call('only'))).toBe('old');
    mesh.crash(first);
    await mesh.clock.advance(1_000);
    const back = await mesh.restart(first);
    await mesh.clock.complete(back.rpc.register('only', () => 'new'));
    await mesh.settle();
    expect(await mesh.clock.complete(caller.rpc.call('only'))).toBe('new');
  });
});
