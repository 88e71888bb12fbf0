import { describe, expect, it } from '@jest/globals';
import { type Address, type Link, NodeId } from '@macula/core';
import { DialGate } from './dial-gate.ts';
import { virtualClock } from '@macula/testkit';
import { KnownMember } from './known-member.ts';
import { startLifecycle } from './member-lifecycle.ts';
import { PersistentDial } from './persistent-dial.ts';

const at = (host: string, port = 1): Address => ({ host, port });
const id = NodeId.fromBytes(new Uint8Array(32));

function memberWith(declared: readonly Address[], link: Pick<Link, 'initiator' | 'remoteAddress'>) {
  const clock = virtualClock();
  const statement = { id, incarnation: 1n, addresses: declared, metadata: { role: 'x' } };
  const member = new KnownMember(
    statement,
    startLifecycle(clock, { suspicionMs: 1, forgetMs: 1 }, () => undefined),
    new PersistentDial(
      { clock, gate: new DialGate(1) },
      { attempt: () => Promise.resolve(), delayMs: () => 0 },
    ),
  );
  member.describe(statement, link as Link);
  member.lifecycle.stop();
  return member;
}

describe('the addresses of a member', () => {
  it('begin, for our own dials, with the one that has worked', () => {
    const link = { initiator: true, remoteAddress: at('worked') };
    const member = memberWith([at('declared'), at('worked')], link);
    expect(member.dialAddresses()).toEqual([at('worked'), at('declared')]);
  });

  it('include the host a link came from with the ports it declares, not the source port', () => {
    const link = { initiator: false, remoteAddress: at('seen', 50_000) };
    const member = memberWith([at('inner', 7)], link);
    expect(member.dialAddresses()).toEqual([at('seen', 7), at('inner', 7)]);
  });

  it('are told to others as declared first, without loopback ones that only we can use', () => {
    const outside = { initiator: true, remoteAddress: at('worked') };
    expect(memberWith([at('declared')], outside).statement().addresses).toEqual([
      at('declared'),
      at('worked'),
    ]);
    const loopback = { initiator: true, remoteAddress: at('127.0.0.1') };
    expect(memberWith([at('declared')], loopback).statement().addresses).toEqual([at('declared')]);
    expect(memberWith([at('127.0.0.1')], loopback).statement().addresses).toEqual([
      at('127.0.0.1'),
    ]);
  });

  it('are told to others four at most, and without metadata', () => {
    const declared = Array.from({ length: 10 }, (_, i) => at('declared', i + 1));
    const member = memberWith(declared, { initiator: true, remoteAddress: at('worked') });
    expect(member.statement()).toMatchObject({ metadata: {}, incarnation: 1n });
    expect(member.statement().addresses).toHaveLength(4);
  });

  it('of hearsay are tried last', () => {
    const member = memberWith([at('declared')], { initiator: true, remoteAddress: at('worked') });
    member.hear([at('rumoured')]);
    expect(member.dialAddresses().at(-1)).toEqual(at('rumoured'));
    expect(member.toMember().addresses).toEqual([at('declared')]);
  });
});
