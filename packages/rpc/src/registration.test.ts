import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DirectoryKey } from '@macula/core';
import { errorOf, Mesh, type MeshNode } from '../test/mesh.ts';
import {
  NoSuchProcedureError,
  ProcedureAlreadyExistsError,
  type Registration,
  type RegistrationConflict,
} from './index.ts';

describe('registrations', () => {
  let mesh: Mesh;
  let caller: MeshNode;
  let a: MeshNode;
  let b: MeshNode;

  beforeEach(async () => {
    mesh = new Mesh();
    caller = await mesh.node();
    a = await mesh.node();
    b = await mesh.node();
  });

  afterEach(() => mesh.stop());

  function call(procedure: string): Promise<unknown> {
    return mesh.clock.complete(caller.rpc.call(procedure));
  }

  function register(
    node: MeshNode,
    ...args: Parameters<MeshNode['rpc']['register']>
  ): Promise<Registration> {
    return mesh.clock.complete(node.rpc.register(...args));
  }

  it('tell what they are', async () => {
    const registration = await register(a, 'home.*.status', () => 1, { invoke: 'random' });
    expect(registration).toMatchObject({
      procedure: 'home.*.status',
      match: 'wildcard',
      invoke: 'random',
      active: true,
    });
    expect(registration.id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('end with unregister, while calls that run go on', async () => {
    let release = (): void => undefined;
    const handler = (): Promise<string> =>
      new Promise((resolve) => {
        release = () => resolve('finished');
      });
    const registration = await register(a, 'work', handler);
    await mesh.settle();
    const running = caller.rpc.call('work');
    await mesh.clock.advance(10);
    await registration.unregister();
    await registration.unregister();
    expect(registration.active).toBe(false);
    await mesh.settle();
    expect(await errorOf(call('work'))).toBeInstanceOf(NoSuchProcedureError);
    release();
    expect(await mesh.clock.complete(running)).toBe('finished');
  });

  it('of the most specific pattern win: exact, then the longest prefix, then wildcards', async () => {
    const options = { match: 'prefix' } as const;
    await register(a, 'shop.**', () => 'any rest');
    await register(a, 'shop.*.price', () => 'wildcard');
    await register(b, 'shop.te', () => 'prefix te', options);
    await register(b, 'shop.tea.p', () => 'prefix tea.p', options);
    await register(a, 'shop.tea.price.now', () => 'exact');
    await mesh.settle();
    expect(await call('shop.tea.price.now')).toBe('exact');
    expect(await call('shop.tea.price')).toBe('prefix tea.p');
    expect(await call('shop.tea')).toBe('prefix te');
    expect(await call('shop.milk.price')).toBe('wildcard');
    expect(await call('shop.milk')).toBe('any rest');
  });

  it('of patterns answer on one node by the same rule', async () => {
    await register(a, 'x.**', () => 'rest');
    await register(a, 'x.*', () => 'one');
    await register(a, 'x.y', () => 'exact');
    await mesh.settle();
    expect([await call('x.y'), await call('x.z'), await call('x.z.z')]).toEqual([
      'exact',
      'one',
      'rest',
    ]);
  });

  it('are refused twice on one node', async () => {
    await register(a, 'work', () => 1);
    await register(a, 'work.*', () => 1);
    expect(await errorOf(register(a, 'work', () => 2))).toBeInstanceOf(ProcedureAlreadyExistsError);
    expect(await errorOf(register(a, 'work.*', () => 2))).toMatchObject({
      uri: 'wamp.error.procedure_already_exists',
    });
  });

  it('are refused when another node is known to hold the procedure', async () => {
    await register(a, 'work', () => 1);
    await mesh.settle();
    const error = await errorOf(register(b, 'work', () => 2));
    expect(error).toBeInstanceOf(ProcedureAlreadyExistsError);
    expect(error.message).toContain(a.links.self.key);
    // The refusal leaves nothing behind: once the holder is gone, the name is free.
    await a.rpc.stop();
    await mesh.settle();
    await register(b, 'work', () => 2);
    await mesh.settle();
    expect(await call('work')).toBe(2);
  });

  it('are refused when the policies differ', async () => {
    await register(a, 'work', () => 1, { invoke: 'random' });
    await mesh.settle();
    const error = await errorOf(register(b, 'work', () => 2, { invoke: 'roundrobin' }));
    expect(error).toBeInstanceOf(ProcedureAlreadyExistsError);
    await register(b, 'work', () => 2, { invoke: 'random' });
  });

  it('made at the same time are settled by order: every caller asks the same winner', async () => {
    const conflicts: RegistrationConflict[] = [];
    const onConflict = (conflict: RegistrationConflict): void => void conflicts.push(conflict);
    const [one, two] = await mesh.clock.complete(
      Promise.all([
        a.rpc.register('work', () => 'a', { onConflict }),
        b.rpc.register('work', () => 'b', { onConflict }),
      ]),
    );
    await mesh.settle();
    expect([one.active, two.active].filter(Boolean)).toHaveLength(1);
    const winner = one.active ? a : b;
    expect(conflicts).toEqual([{ procedure: 'work', winner: winner.links.self, invoke: 'single' }]);
    const expected = one.active ? 'a' : 'b';
    expect(await call('work')).toBe(expected);
    expect(await mesh.clock.complete(a.rpc.call('work'))).toBe(expected);
    expect(await mesh.clock.complete(b.rpc.call('work'))).toBe(expected);
    const lost = one.active ? b : a;
    expect(lost.metrics.value('macula_rpc_registration_conflicts_total')).toBe(1);
  });

  it('made on both sides of a partition are settled when it heals, and the loser stands by', async () => {
    const conflicts: RegistrationConflict[] = [];
    mesh.directory.partition([b.links.self]);
    const early = await register(a, 'work', () => 'a');
    await mesh.clock.advance(1_000);
    const late = await register(b, 'work', () => 'b', {
      onConflict: (conflict) => conflicts.push(conflict),
    });
    await mesh.settle();
    expect([early.active, late.active]).toEqual([true, true]);
    mesh.directory.heal();
    await mesh.settle();
    expect([early.active, late.active]).toEqual([true, false]);
    expect(conflicts).toEqual([{ procedure: 'work', winner: a.links.self, invoke: 'single' }]);
    expect(await call('work')).toBe('a');
    await early.unregister();
    await mesh.settle();
    expect(late.active).toBe(true);
    expect(await call('work')).toBe('b');
  });

  it('survive an onConflict that throws', async () => {
    const onConflict = (): never => {
      throw new Error('no');
    };
    const both = [a, b].map(({ rpc }) => rpc.register('work', () => 1, { onConflict }));
    await mesh.clock.complete(Promise.all(both));
    await mesh.settle();
    expect(await call('work')).toBe(1);
  });

  it('wait for the directory, but not for ever', async () => {
    mesh.directory.readyMs = 60_000;
    const before = mesh.clock.now();
    expect(await errorOf(register(a, 'work', () => 1))).toMatchObject({ code: 'macula.timeout' });
    expect(mesh.clock.now() - before).toBe(5_000);
    const controller = new AbortController();
    const aborted = errorOf(a.rpc.register('work', () => 1, { signal: controller.signal }));
    controller.abort();
    expect(await mesh.clock.complete(aborted)).toMatchObject({ code: 'macula.aborted' });
    mesh.directory.readyMs = 0;
    await register(a, 'work', () => 1);
    // Lets the directory's own timer of the first wait run out.
    await mesh.clock.advance(60_000);
  });

  it('are bounded in number', async () => {
    const small = await mesh.node({ maxRegistrations: 2 });
    await register(small, 'a', () => 1);
    await register(small, 'b', () => 1);
    expect(await errorOf(register(small, 'c', () => 1))).toMatchObject({
      code: 'macula.limit_exceeded',
    });
  });

  it('announced by a peer in a way that makes no sense are ignored and counted', async () => {
    const directory = mesh.directory.node(b.links.self);
    const key = DirectoryKey.of('test', 'procedure', 'work');
    directory.announce(key, new Uint8Array([0xff, 0xff, 0xff]));
    // A valid registration, but of another name than the key stands for.
    directory.announce(key, new Uint8Array([0x12, 0x03, 0x61, 0x2e, 0x62]));
    await mesh.settle();
    expect(await errorOf(call('work'))).toBeInstanceOf(NoSuchProcedureError);
    expect(caller.metrics.value('macula_rpc_bad_registrations_total')).toBeGreaterThanOrEqual(2);
  });

  it('of procedures not called for long are forgotten, and found again', async () => {
    const frugal = await mesh.node({ maxProcedures: 3 });
    await register(a, 'many.*', (_args, { procedure }) => procedure);
    await mesh.settle();
    for (let i = 0; i < 20; i++) {
      const name = `many.p${i}`;
      expect(await mesh.clock.complete(frugal.rpc.call(name))).toBe(name);
    }
    // Three routes with three prefixes each, two of them shared; a holds one of its own.
    expect(mesh.directory.watchers).toBeLessThanOrEqual(3 + 2 + 1);
    expect(await mesh.clock.complete(frugal.rpc.call('many.p0'))).toBe('many.p0');
  });
});
