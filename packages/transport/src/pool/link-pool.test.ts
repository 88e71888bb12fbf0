import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AbortedError,
  LinkCloseCode,
  LimitExceededError,
  NotRunningError,
  PeerUnreachableError,
  TimeoutError,
  WrongIdentityError,
} from '@macula/core';
import type { Identity } from '@macula/identity';
import { caught, closeOf, PoolFixture, sortedIdentities } from '../../test/pool-fixture.ts';
import { PeerOverloadedError, SelfDialError } from '../errors.ts';

let identities: Identity[];
let fixture: PoolFixture;

beforeAll(async () => {
  identities = await sortedIdentities(8);
});

beforeEach(() => {
  fixture = new PoolFixture(identities);
});

afterEach(async () => {
  await fixture.stop();
  expect(fixture.clock.pendingTimers).toBe(0);
});

describe('a pool', () => {
  it('gives links only while it runs', async () => {
    const { pool } = await fixture.node();
    await fixture.complete(pool.stop());
    expect(await fixture.failure(pool.link(identities[5]!.nodeId))).toBeInstanceOf(NotRunningError);
    expect(await fixture.failure(pool.start())).toBeInstanceOf(NotRunningError);
  });

  it('fails dials that are under way when it stops', async () => {
    const a = await fixture.node();
    const nowhere = { host: '192.0.2.99', port: 1 };
    fixture.network.treat('quic', nowhere, 'swallows');
    fixture.network.treat('tcp', nowhere, 'swallows');
    const failure = caught(a.pool.dial(nowhere));
    await fixture.clock.advance(100);
    await a.pool.stop();
    expect(await failure).toBeInstanceOf(NotRunningError);
  });
});

describe('the number of links', () => {
  it('stays within its limit: the one used longest ago is closed', async () => {
    const a = await fixture.node({ pool: { maxLinks: 2 } });
    const others = [await fixture.node(), await fixture.node(), await fixture.node()];
    const first = await fixture.link(a, others[0]!);
    await fixture.clock.advance(10);
    const second = await fixture.link(a, others[1]!);
    await fixture.clock.advance(10);
    const reason = closeOf(first);
    const third = await fixture.link(a, others[2]!);
    await fixture.clock.runUntil(() => reason() !== undefined);
    expect(reason()).toMatchObject({ code: LinkCloseCode.idle, remote: false });
    expect([second.state, third.state]).toEqual(['open', 'open']);
    expect([...a.pool.all()]).toHaveLength(2);
  });

  it('spares pinned links', async () => {
    const a = await fixture.node({ pool: { maxLinks: 2 } });
    const others = [await fixture.node(), await fixture.node(), await fixture.node()];
    const pinned = await fixture.link(a, others[0]!);
    a.pool.pin(others[0]!.pool.self);
    await fixture.clock.advance(10);
    const other = await fixture.link(a, others[1]!);
    const reason = closeOf(other);
    await fixture.link(a, others[2]!);
    await fixture.clock.runUntil(() => reason() !== undefined);
    expect(pinned.state).toBe('open');
  });

  it('refuses further ones when all are pinned, on both sides', async () => {
    const a = await fixture.node({ pool: { maxLinks: 1 } });
    const b = await fixture.node();
    const c = await fixture.node();
    await fixture.link(a, b);
    a.pool.pin(b.pool.self);
    fixture.introduce(a, c);
    fixture.introduce(c, a);
    let opened = 0;
    c.pool.onLink(() => (opened += 1));
    expect(await fixture.failure(a.pool.link(c.pool.self))).toBeInstanceOf(LimitExceededError);
    expect(await fixture.failure(c.pool.link(a.pool.self))).toBeInstanceOf(PeerOverloadedError);
    expect(opened).toBe(0);
    expect([...c.pool.all()]).toHaveLength(0);
  });
});

describe('an unused link', () => {
  it('closes as idle after five minutes', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    const reason = closeOf(await fixture.link(a, b));
    await fixture.clock.advance(298_000);
    expect(reason()).toBeUndefined();
    await fixture.clock.advance(5_000);
    expect(reason()).toMatchObject({ code: LinkCloseCode.idle });
  });

  it('stays while it is pinned on both sides', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    const made = await fixture.link(a, b);
    const release = a.pool.pin(b.pool.self);
    b.pool.pin(a.pool.self);
    await fixture.clock.advance(400_000);
    expect(made.state).toBe('open');
    release();
    await fixture.clock.advance(5_000);
    expect(made.state).toBe('closed');
  });
});

describe('a peer that falls silent', () => {
  it('is noticed within seconds where somebody relies on it', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    const reason = closeOf(await fixture.link(a, b));
    a.pool.pin(b.pool.self);
    await fixture.clock.advance(20_000);
    expect(reason()).toBeUndefined();
    for (const end of fixture.network.connections[0]!) end.mute = true;
    await fixture.clock.advance(4_000);
    expect(reason()).toBeUndefined();
    await fixture.clock.advance(2_500);
    expect(reason()).toMatchObject({ code: LinkCloseCode.silent, remote: false });
    expect(a.pool.get(b.pool.self)).toBeUndefined();
  });

  it('is noticed within half a minute elsewhere', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    const reason = closeOf(await fixture.link(a, b));
    for (const end of fixture.network.connections[0]!) end.mute = true;
    await fixture.clock.advance(25_000);
    expect(reason()).toMatchObject({ code: LinkCloseCode.silent });
  });
});

describe('a dial', () => {
  it('is shared by all who want the same peer', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    fixture.introduce(a, b);
    const wanted = [a.pool.link(b.pool.self), a.pool.link(b.pool.self), a.pool.link(b.pool.self)];
    const links = await fixture.complete(Promise.all(wanted));
    expect(new Set(links).size).toBe(1);
    expect(fixture.network.dials).toHaveLength(1);
  });

  it('goes on for the others when one of them gives up', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    fixture.introduce(a, b);
    fixture.network.latencyMs = 100;
    const impatient = caught(a.pool.link(b.pool.self, { timeout: 50 }));
    const patient = a.pool.link(b.pool.self);
    expect((await fixture.complete(patient)).state).toBe('open');
    expect(await impatient).toBeInstanceOf(TimeoutError);
  });

  it('ends when nobody waits any more', async () => {
    const a = await fixture.node();
    const nowhere = { host: '192.0.2.99', port: 1 };
    fixture.network.treat('quic', nowhere, 'swallows');
    const controller = new AbortController();
    const failure = caught(a.pool.dial(nowhere, { signal: controller.signal }));
    await fixture.clock.advance(10);
    expect(fixture.network.underway.now).toBe(1);
    controller.abort();
    expect(await failure).toBeInstanceOf(AbortedError);
    await fixture.clock.advance(0);
    expect(fixture.network.underway.now).toBe(0);
  });

  it('waits its turn behind others, and is refused when too many wait', async () => {
    const a = await fixture.node({ pool: { maxConcurrentDials: 2, maxQueuedDials: 1 } });
    const addresses = [1, 2, 3, 4].map((n) => ({ host: `192.0.2.10${n}`, port: 1 }));
    for (const address of addresses) fixture.network.treat('quic', address, 'swallows');
    const dials = addresses.map((address) => a.pool.dial(address, { timeout: 300 }));
    const last = dials.pop()!;
    const failures = Promise.all(dials.map((dial) => dial.catch((error: unknown) => error)));
    expect(await fixture.failure(last)).toBeInstanceOf(LimitExceededError);
    await fixture.clock.advance(10);
    expect(fixture.network.underway.most).toBe(2);
    await fixture.complete(failures);
    expect(fixture.network.dials).not.toContain('quic 192.0.2.104:1');
  });

  it('to this node itself is refused, by identity and by address', async () => {
    const a = await fixture.node();
    expect(await fixture.failure(a.pool.link(a.pool.self))).toBeInstanceOf(SelfDialError);
    expect(await fixture.failure(a.pool.dial(a.address))).toBeInstanceOf(SelfDialError);
    expect([...a.pool.all()]).toHaveLength(0);
  });

  it('gives the open link when the address turns out to be that of a linked peer', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    const made = await fixture.link(a, b);
    expect(await fixture.complete(a.pool.dial(b.address))).toBe(made);
    await fixture.clock.advance(100);
    expect(made.state).toBe('open');
  });

  it('by address and another by identity end in one link', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    fixture.introduce(a, b);
    const both = Promise.all([a.pool.dial(b.address), a.pool.link(b.pool.self)]);
    const [one, other] = await fixture.complete(both);
    expect(one).toBe(other);
    expect([...a.pool.all()]).toHaveLength(1);
  });

  it('tries every address that a name stands for', async () => {
    const resolve = (host: string): Promise<string[]> =>
      host === 'seed.example'
        ? Promise.resolve(['192.0.2.50', '192.0.2.2'])
        : Promise.reject(new Error('no such name'));
    const a = await fixture.node({ resolve });
    const b = await fixture.node({ address: { host: '192.0.2.2', port: 4433 } });
    const made = await fixture.complete(a.pool.dial({ host: 'seed.example', port: 4433 }));
    expect(made.peer.equals(b.pool.self)).toBe(true);
    const failure = await fixture.failure(a.pool.dial({ host: 'nowhere.example', port: 4433 }));
    expect(failure).toBeInstanceOf(PeerUnreachableError);
    expect(failure.message).toMatch(/no such name/);
  });

  it('refuses a stranger at a known address before any frame, and finds the peer at the next', async () => {
    const [a, b, stranger] = [await fixture.node(), await fixture.node(), await fixture.node()];
    let opened = 0;
    stranger.pool.onLink(() => (opened += 1));
    a.pool.learn(b.pool.self, [stranger.address]);
    expect(await fixture.failure(a.pool.link(b.pool.self))).toBeInstanceOf(WrongIdentityError);
    a.pool.learn(b.pool.self, [stranger.address, b.address]);
    const made = await fixture.complete(a.pool.link(b.pool.self));
    expect(made.peer.equals(b.pool.self)).toBe(true);
    expect(opened).toBe(0);
  });

  it('remembers where a peer that dialled said it listens', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    const made = await fixture.link(a, b);
    await fixture.complete(made.close());
    await fixture.clock.advance(10);
    // b was never told where a is.
    const back = await fixture.complete(b.pool.link(a.pool.self));
    expect(back.initiator).toBe(true);
  });
});
