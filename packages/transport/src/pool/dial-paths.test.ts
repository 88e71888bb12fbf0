import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Link, LinkCloseCode, PeerUnreachableError } from '@macula/core';
import type { Identity } from '@macula/identity';
import { closeOf, PoolFixture, type PoolNode, sortedIdentities } from '../../test/pool-fixture.ts';

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

describe('a target that fails', () => {
  const nowhere = { host: '192.0.2.99', port: 1 };

  it('is left alone after five failures, for ten seconds, and the error says so', async () => {
    const a = await fixture.node({ pool: { backoffBaseMs: 1 } });
    for (let n = 0; n < 5; n += 1) {
      const failure = await fixture.failure(a.pool.dial(nowhere));
      expect(failure.message).toMatch(/cannot reach 192.0.2.99:1/);
    }
    const { length } = fixture.network.dials;
    const refused = await fixture.failure(a.pool.dial(nowhere));
    expect(refused).toBeInstanceOf(PeerUnreachableError);
    expect(refused.message).toMatch(/failed 5 times in a row and will be tried again in \d+ ms/);
    expect(fixture.network.dials).toHaveLength(length);
    await fixture.clock.advance(10_000);
    await fixture.failure(a.pool.dial(nowhere));
    expect(fixture.network.dials.length).toBeGreaterThan(length);
  });

  it('is retried after a delay', async () => {
    const a = await fixture.node({ pool: { backoffBaseMs: 2_000, breakerThreshold: 100 } });
    await fixture.failure(a.pool.dial(nowhere));
    await fixture.failure(a.pool.dial(nowhere));
    const started = fixture.clock.now();
    await fixture.failure(a.pool.dial(nowhere, { timeout: 60_000 }));
    expect(fixture.clock.now() - started).toBeGreaterThan(10);
  });

  it('is forgiven once it answers', async () => {
    const a = await fixture.node({ pool: { backoffBaseMs: 1, breakerThreshold: 3 } });
    const address = { host: '192.0.2.77', port: 4433 };
    await fixture.failure(a.pool.dial(address));
    await fixture.failure(a.pool.dial(address));
    const b = await fixture.node({ address });
    const made = await fixture.complete(a.pool.dial(address));
    await fixture.complete(made.close());
    await fixture.complete(b.pool.stop());
    for (let n = 0; n < 2; n += 1) {
      expect((await fixture.failure(a.pool.dial(address))).message).not.toMatch(/in a row/);
    }
  });
});

describe('protocols', () => {
  it('start with QUIC alone where it answers', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    await fixture.link(a, b);
    expect(fixture.network.dials).toEqual(['quic 192.0.2.2:4433']);
  });

  it('end what is slower, and nothing where there is nothing else', async () => {
    const [a, b, c] = [await fixture.node(), await fixture.node(), await fixture.node()];
    await fixture.link(a, b);
    fixture.network.treat('quic', c.address, 'swallows');
    await fixture.link(a, c);
    const protocols = fixture.network.dials.map((dial) => dial.slice(0, 4));
    const ended = fixture.network.signals.map(({ aborted }) => aborted);
    expect(protocols).toEqual(['quic', 'quic', 'tcp ']);
    expect(ended).toEqual([false, true, false]);
  });

  it('fall back to TCP where UDP is swallowed, and start with it the next time', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    fixture.network.treat('quic', b.address, 'swallows');
    const started = fixture.clock.now();
    const made = await fixture.link(a, b);
    expect(fixture.clock.now() - started).toBeGreaterThanOrEqual(1_500);
    expect(fixture.network.dials).toEqual(['quic 192.0.2.2:4433', 'tcp 192.0.2.2:4433']);
    await fixture.complete(made.close());
    const again = fixture.clock.now();
    await fixture.link(a, b);
    expect(fixture.clock.now() - again).toBeLessThan(100);
    expect(fixture.network.dials[2]).toBe('tcp 192.0.2.2:4433');
  });

  it('give QUIC its chance again after ten minutes', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    fixture.network.treat('quic', b.address, 'swallows');
    await fixture.complete((await fixture.link(a, b)).close());
    fixture.network.treat('quic', b.address, 'answers');
    await fixture.clock.advance(601_000);
    await fixture.link(a, b);
    expect(fixture.network.dials[2]).toBe('quic 192.0.2.2:4433');
  });

  it('fall back at once where QUIC fails at once', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    fixture.network.treat('quic', b.address, 'refuses');
    const started = fixture.clock.now();
    await fixture.link(a, b);
    expect(fixture.clock.now() - started).toBeLessThan(100);
  });
});

describe('two nodes that dial each other at once', () => {
  const open = (...nodes: PoolNode[]): Link[] => nodes.flatMap(({ pool }) => [...pool.all()]);

  it.each([0, 1, 2, 3, 5, 10])('end with the link of the smaller, %s ms apart', async (delay) => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    fixture.introduce(a, b);
    fixture.introduce(b, a);
    fixture.network.latencyMs = 4;
    const first = b.pool.link(a.pool.self);
    await fixture.clock.advance(delay);
    const second = a.pool.link(b.pool.self);
    await fixture.complete(Promise.all([first, second]));
    await fixture.clock.advance(3_000);
    const links = open(a, b);
    expect(links).toHaveLength(2);
    const ab = a.pool.get(b.pool.self);
    const ba = b.pool.get(a.pool.self);
    expect([ab?.state, ba?.state]).toEqual(['open', 'open']);
    expect(ab?.initiator).toBe(!(ba?.initiator ?? true));
    // Both calls got a link that lives.
    expect([(await first).state, (await second).state]).toEqual(['open', 'open']);
  });

  it('report each link once and lose no frame of the one that stays', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    fixture.introduce(a, b);
    fixture.introduce(b, a);
    const opened: string[] = [];
    a.pool.onLink(() => opened.push('a'));
    b.pool.onLink(() => opened.push('b'));
    await fixture.complete(Promise.all([a.pool.link(b.pool.self), b.pool.link(a.pool.self)]));
    await fixture.clock.advance(3_000);
    expect(opened.sort()).toEqual(['a', 'b']);
  });

  it('agree even where only one direction works', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    fixture.introduce(a, b);
    fixture.introduce(b, a);
    // The smaller node's dial never gets through; it must come to accept the other's.
    for (const protocol of ['quic', 'tcp'] as const) {
      fixture.network.treat(protocol, b.address, 'swallows');
    }
    const both = Promise.all([a.pool.link(b.pool.self), b.pool.link(a.pool.self)]);
    const [ab, ba] = await fixture.complete(both);
    expect([ab.state, ba.state, ab.initiator, ba.initiator]).toEqual(['open', 'open', false, true]);
  });
});

describe('a peer that dials again', () => {
  it('has lost its link: the new one replaces the old', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    const old = await fixture.link(a, b);
    await fixture.clock.advance(5_000);
    const [near, far] = fixture.network.connections[0]!;
    near.mute = true;
    far.mute = true;
    far.breakDown('b lost it');
    const reason = closeOf(old);
    fixture.introduce(b, a);
    const made = await fixture.complete(b.pool.link(a.pool.self));
    await fixture.clock.runUntil(() => reason() !== undefined);
    expect(reason()).toMatchObject({ code: LinkCloseCode.duplicate, remote: false });
    expect(a.pool.get(b.pool.self)?.initiator).toBe(false);
    expect(made.state).toBe('open');
  });
});
