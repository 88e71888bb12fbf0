import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NodeId, type Member, type Membership, type MembershipChange } from '@macula/core';
import { errorOf, Mesh, type MeshNode } from '../test/mesh.ts';
import { CalleeUnavailableError, type Invoke } from './index.ts';

describe('invocation policies', () => {
  let mesh: Mesh;
  let caller: MeshNode;
  let callees: MeshNode[];

  beforeEach(async () => {
    mesh = new Mesh();
    caller = await mesh.node();
    callees = [await mesh.node(), await mesh.node(), await mesh.node()];
  });

  afterEach(() => mesh.stop());

  /** Registers `who` on every callee, one after the other; each answers with its index. */
  async function registerAll(invoke: Invoke): Promise<void> {
    for (const [index, { rpc }] of callees.entries()) {
      await mesh.clock.complete(rpc.register('who', () => index, { invoke }));
      await mesh.settle();
    }
  }

  async function ask(times: number, key?: string): Promise<unknown[]> {
    const answers: unknown[] = [];
    for (let i = 0; i < times; i++) {
      const options = key === undefined ? {} : { key };
      answers.push(await mesh.clock.complete(caller.rpc.call('who', [], options)));
    }
    return answers;
  }

  it('first asks the earliest registration, and the next one when it is gone', async () => {
    await registerAll('first');
    expect(await ask(3)).toEqual([0, 0, 0]);
    await callees[0]?.rpc.stop();
    await mesh.settle();
    expect(await ask(2)).toEqual([1, 1]);
  });

  it('last asks the latest registration, and the one before when it is gone', async () => {
    await registerAll('last');
    expect(await ask(3)).toEqual([2, 2, 2]);
    await callees[2]?.rpc.stop();
    await mesh.settle();
    expect(await ask(2)).toEqual([1, 1]);
  });

  it('first and last go by what was seen to happen, not by the clocks of the nodes', async () => {
    await mesh.stop();
    mesh = new Mesh();
    caller = await mesh.node();
    const ahead = await mesh.node({}, { clockOffsetMs: 60_000 });
    const behind = await mesh.node({}, { clockOffsetMs: -60_000 });
    callees = [ahead, behind];
    await registerAll('last');
    expect(await ask(2)).toEqual([1, 1]);
  });

  it('roundrobin asks each in turn', async () => {
    await registerAll('roundrobin');
    expect((await ask(6)).sort()).toEqual([0, 0, 1, 1, 2, 2]);
    const [a, b, c] = await ask(3);
    expect(new Set([a, b, c]).size).toBe(3);
  });

  it('random asks all of them, none in particular', async () => {
    await registerAll('random');
    const answers = await ask(90);
    for (const index of [0, 1, 2]) {
      expect(answers.filter((answer) => answer === index).length).toBeGreaterThan(15);
    }
  });

  it('fastest prefers the near callee', async () => {
    const far = callees[2]?.links.self.key;
    mesh.network.change({
      latencyMs: (from: NodeId, to: NodeId) => (from.key === far || to.key === far ? 80 : 1),
    });
    await registerAll('fastest');
    await ask(20);
    const answers = await ask(60);
    // The far one is asked only if it meets itself: never, out of three.
    expect(answers.filter((answer) => answer === 2)).toHaveLength(0);
    expect(new Set(answers)).toEqual(new Set([0, 1]));
  });

  it('fastest spreads load over equally near callees', async () => {
    const running = [0, 0, 0];
    let most = 0;
    for (const [index, { rpc, links }] of callees.entries()) {
      const handler = async (): Promise<void> => {
        most = Math.max(most, ++running[index]!);
        await new Promise<void>((resolve) => {
          links.clock.setTimer(resolve, 50);
        });
        running[index]!--;
      };
      await mesh.clock.complete(rpc.register('work', handler, { invoke: 'fastest' }));
    }
    await mesh.settle();
    for (let i = 0; i < 3; i++) await mesh.clock.complete(caller.rpc.call('work'));
    await mesh.clock.complete(
      Promise.all(Array.from({ length: 60 }, () => caller.rpc.call('work'))),
    );
    expect(most).toBeLessThanOrEqual(25);
  });

  it('a key sticks to one callee, and moves only when that one goes', async () => {
    await registerAll('roundrobin');
    const homes = new Map<string, unknown>();
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
      const [home, again] = await ask(2, key);
      expect(again).toBe(home);
      homes.set(key, home);
    }
    expect(new Set(homes.values()).size).toBeGreaterThan(1);
    await callees[0]?.rpc.stop();
    await mesh.settle();
    for (const [key, home] of homes) {
      const [now] = await ask(1, key);
      if (home !== 0) expect(now).toBe(home);
      else expect(now).not.toBe(0);
    }
  });

  it('an overloaded callee sends the call elsewhere, idempotent or not', async () => {
    let runs = 0;
    const forever = (): Promise<never> => new Promise(() => undefined);
    const options = { invoke: 'first', concurrency: 1 } as const;
    await mesh.clock.complete(callees[0]!.rpc.register('busy', forever, options));
    await mesh.settle();
    await mesh.clock.complete(callees[1]!.rpc.register('busy', () => ++runs, { invoke: 'first' }));
    await mesh.settle();
    const stuck = errorOf(caller.rpc.call('busy', [], { timeout: 500 }));
    await mesh.clock.advance(10);
    expect(await mesh.clock.complete(caller.rpc.call('busy'))).toBe(1);
    expect(runs).toBe(1);
    await mesh.clock.complete(stuck);
  });

  it('a call of what was withdrawn meanwhile goes elsewhere', async () => {
    const options = { invoke: 'first' } as const;
    const registering = callees[0]!.rpc.register('who', () => 0, options);
    const registration = await mesh.clock.complete(registering);
    await mesh.settle();
    await mesh.clock.complete(callees[1]!.rpc.register('who', () => 1, options));
    await mesh.settle();
    expect(await ask(1)).toEqual([0]);
    // The caller still believes in the registration of a node that refuses.
    mesh.directory.partition([caller.links.self]);
    await registration.unregister();
    expect(await ask(1)).toEqual([1]);
    mesh.directory.heal();
  });

  it('nodes that membership has given up are asked last', async () => {
    const listeners = new Set<(change: MembershipChange) => void>();
    const membership = {
      get: () => undefined,
      members: () => [],
      onChange: (listener: (change: MembershipChange) => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    } as unknown as Membership;
    caller = await mesh.node({ membership });
    await registerAll('first');
    expect(await ask(1)).toEqual([0]);
    const member = { id: callees[0]!.links.self, status: 'suspect' } as unknown as Member;
    for (const listener of listeners) listener({ type: 'suspected', member });
    expect(await ask(1)).toEqual([1]);
    const well = { ...member, status: 'alive' } as Member;
    for (const listener of listeners) listener({ type: 'recovered', member: well });
    expect(await ask(1)).toEqual([0]);
    await caller.rpc.stop();
    expect(listeners.size).toBe(0);
  });

  it('a policy that does not exist is refused', async () => {
    const invoke = 'any' as Invoke;
    expect(await errorOf(callees[0]!.rpc.register('who', () => 1, { invoke }))).toMatchObject({
      code: 'macula.invalid_argument',
    });
  });

  it('an open circuit keeps a failing callee from being asked, until it has had time to recover', async () => {
    await registerAll('first');
    await ask(1);
    mesh.network.pause(callees[0]!.links.self);
    for (let i = 0; i < 5; i++) {
      await errorOf(mesh.clock.complete(caller.rpc.call('who', [], { timeout: 20 })));
    }
    expect(caller.metrics.value('macula_rpc_breaker_opened_total')).toBe(1);
    expect(await ask(2)).toEqual([1, 1]);
    mesh.network.resume(callees[0]!.links.self);
    // It answers the cancellations: proof enough that it lives.
    await mesh.clock.advance(100);
    expect(await ask(2)).toEqual([0, 0]);
  });

  it('an open circuit of the only callee fails the call at once', async () => {
    const handler = (): number => 1;
    await mesh.clock.complete(callees[0]!.rpc.register('alone', handler));
    await mesh.settle();
    await mesh.clock.complete(caller.rpc.call('alone'));
    mesh.network.crash(callees[0]!.links.self);
    for (let i = 0; i < 5; i++) {
      await errorOf(mesh.clock.complete(caller.rpc.call('alone', [], { timeout: 20 })));
    }
    const before = mesh.clock.now();
    const error = await errorOf(mesh.clock.complete(caller.rpc.call('alone')));
    expect(error).toBeInstanceOf(CalleeUnavailableError);
    expect(mesh.clock.now()).toBe(before);
    expect(caller.metrics.value('macula_rpc_calls_total unavailable')).toBe(1);
  });

  it('while one call tries whether a callee has recovered, others fail, also those that may be made again', async () => {
    const careful = await mesh.node({ breakerThreshold: 1, breakerResetMs: 1_000 });
    const callee = callees[0]!;
    await mesh.clock.complete(callee.rpc.register('alone', () => 1));
    await mesh.settle();
    await mesh.clock.complete(careful.rpc.call('alone'));
    mesh.network.pause(callee.links.self);
    await errorOf(mesh.clock.complete(careful.rpc.call('alone', [], { timeout: 20 })));
    await mesh.clock.advance(1_000);
    const trying = careful.rpc.call('alone', [], { timeout: 900 });
    const other = careful.rpc.call('alone', [], { idempotent: true });
    expect(await errorOf(mesh.clock.complete(other))).toBeInstanceOf(CalleeUnavailableError);
    expect(careful.metrics.value('macula_rpc_retries_total')).toBe(3);
    mesh.network.resume(callee.links.self);
    expect(await mesh.clock.complete(trying)).toBe(1);
  });
});
