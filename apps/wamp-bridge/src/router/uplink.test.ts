import { afterEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@macula/core';
import { seededRandom, virtualClock } from '@macula/testkit';
import { publicKeyOf } from './ed25519-key.ts';
import { RouterGoneError, RouterRefusal } from './router-errors.ts';
import type { RouterHandle, RouterSession } from './router-session.ts';
import { Uplink } from './uplink.ts';

const clock = virtualClock();
const handle = (ended: string[], name: string): RouterHandle => ({
  id: 1,
  end: async () => void ended.push(name),
});

interface FakeSession {
  readonly session: RouterSession;
  lose(): void;
}

function fakeSession(id: number): FakeSession {
  let lose: (reason: string) => void = () => undefined;
  const lost = new Promise<string>((resolve) => (lose = resolve));
  const session = { id, lost, close: async () => undefined } as unknown as RouterSession;
  return { session, lose: () => lose('killed') };
}

describe('an uplink', () => {
  let uplink: Uplink;

  afterEach(async () => {
    await uplink.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  test('tries without end, and gives every session what is wanted', async () => {
    const sessions: FakeSession[] = [];
    let attempts = 0;
    const connect = async (): Promise<RouterSession> => {
      if (++attempts % 3 !== 0) throw new RouterGoneError('nobody there');
      const one = fakeSession(attempts);
      sessions.push(one);
      return one.session;
    };
    uplink = new Uplink(
      { connect, clock, random: seededRandom(1), logger: silentLogger },
      { baseMs: 100, maxMs: 1_000 },
    );
    const states: string[] = [];
    uplink.onState((state) => states.push(state));
    const asked: string[] = [];
    const ended: string[] = [];
    const wanted = uplink.want('a', async ({ id }) => {
      asked.push(`a of ${id}`);
      return handle(ended, 'a');
    });
    uplink.start();
    await clock.advance(0);
    expect([uplink.state, uplink.session]).toEqual(['buffering', undefined]);
    expect(() => uplink.require()).toThrow(/nobody there/);
    await wanted.settled;
    expect(wanted.inPlace).toBe(false);
    await clock.advance(3_000);
    expect([uplink.state, uplink.session?.id]).toEqual(['connected', 3]);
    expect(wanted.inPlace).toBe(true);
    const later = uplink.want('b', async ({ id }) => {
      asked.push(`b of ${id}`);
      return handle(ended, 'b');
    });
    await later.settled;
    sessions[0]?.lose();
    await clock.advance(0);
    expect([uplink.state, wanted.inPlace]).toEqual(['buffering', false]);
    await clock.advance(5_000);
    expect(wanted.inPlace).toBe(true);
    expect(asked).toEqual(['a of 3', 'b of 3', 'a of 6', 'b of 6']);
    await later.end();
    expect(ended).toEqual(['b']);
    expect(uplink.counts).toEqual({ wanted: 1, refused: 0 });
    expect(states.slice(0, 4)).toEqual(['buffering', 'connecting', 'buffering', 'connecting']);
  });

  test('is degraded while the router refuses something, and mended when that is wanted no more', async () => {
    const one = fakeSession(1);
    uplink = new Uplink(
      { connect: async () => one.session, clock, random: seededRandom(1), logger: silentLogger },
      { baseMs: 100, maxMs: 1_000 },
    );
    const refused = uplink.want('secret', async () => {
      throw new RouterRefusal('wamp.error.not_authorized');
    });
    uplink.start();
    await clock.advance(0);
    expect([uplink.state, uplink.counts]).toEqual(['degraded', { wanted: 1, refused: 1 }]);
    expect(uplink.session).toBe(one.session);
    expect(refused.inPlace).toBe(false);
    await refused.end();
    expect(uplink.state).toBe('connected');
  });
});

test('the public key of an Ed25519 private key is that of RFC 8032', () => {
  const key = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
  const known = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
  expect(publicKeyOf(key)).toBe(known);
  expect(() => publicKeyOf('short')).toThrow(/64 hex digits/);
});
