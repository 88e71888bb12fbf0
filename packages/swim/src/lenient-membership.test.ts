import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InvalidArgumentError,
  type Member,
  type Membership,
  type Metrics,
  type NodeId,
  noMetrics,
  type Startable,
} from '@macula/core';
import {
  type MemoryMembership,
  memoryMembership,
  type MemoryMembershipNode,
  type VirtualClock,
  virtualClock,
} from '@macula/testkit';
import { nodeId } from '../test/statements.ts';
import { createLenientMembership } from './lenient-membership.ts';

describe('a lenient membership', () => {
  let clock: VirtualClock;
  let mesh: MemoryMembership;
  let own: MemoryMembershipNode;
  let other: MemoryMembershipNode;
  let lenient: Membership & Startable;
  let told: string[];
  const id = nodeId(2);

  beforeEach(async () => {
    clock = virtualClock();
    mesh = memoryMembership({ clock });
    own = mesh.node({ id: nodeId(1) });
    lenient = createLenientMembership(
      { membership: own, clock },
      { graceMs: 10_000, maxAwaited: 3 },
    );
    told = [];
    lenient.onChange(({ type, member }) => told.push(`${type} ${member.status}`));
    await lenient.start();
    other = mesh.node({ id });
    await clock.advance(10);
  });

  afterEach(async () => {
    await lenient.stop();
    await clock.advance(10);
    expect(clock.pendingTimers).toBe(0);
  });

  const giveUp = (member: NodeId) => {
    mesh.suspect(member);
    mesh.fail(member);
  };
  const listed = () =>
    Array.from(lenient.members(), ({ id: { key }, status }: Member) => [key, status]);

  it('shows whoever was given up as suspect for the grace, and then as failed', async () => {
    giveUp(id);
    await clock.advance(9_999);
    expect([...own.members()]).toEqual([]);
    expect(listed()).toEqual([[id.key, 'suspect']]);
    expect(lenient.get(id)?.status).toBe('suspect');
    expect(told).toEqual(['joined alive', 'suspected suspect']);
    await clock.advance(10);
    expect(listed()).toEqual([]);
    expect(lenient.get(id)?.status).not.toBe('suspect');
    expect(told).toEqual(['joined alive', 'suspected suspect', 'failed failed']);
  });

  it('shows who comes back in time as recovered, in a later life, too, and waits anew the next time', async () => {
    giveUp(id);
    await clock.advance(5_000);
    const again = mesh.node({ id });
    await clock.advance(10_000);
    expect(told.slice(2)).toEqual(['recovered alive']);
    expect(listed()).toEqual([[id.key, 'alive']]);
    expect(lenient.get(id)?.incarnation).toBe(again.self.incarnation);
    giveUp(id);
    await clock.advance(9_000);
    expect(listed()).toEqual([[id.key, 'suspect']]);
    expect(told.slice(3)).toEqual(['suspected suspect']);
  });

  it('shows who comes back later as a newcomer', async () => {
    giveUp(id);
    await clock.advance(11_000);
    mesh.node({ id });
    await clock.advance(10);
    expect(told.slice(2)).toEqual(['failed failed', 'joined alive']);
  });

  it('tells how many are awaited', async () => {
    let awaited = () => -1;
    const observedGauge: Metrics['observedGauge'] = (_, read) => {
      awaited = read;
      return () => undefined;
    };
    const metrics = { ...noMetrics, observedGauge };
    const counted = createLenientMembership(
      { membership: own, clock, metrics },
      { graceMs: 10_000 },
    );
    await counted.start();
    expect(awaited()).toBe(0);
    giveUp(id);
    await clock.advance(10);
    expect(awaited()).toBe(1);
    await clock.advance(10_000);
    expect(awaited()).toBe(0);
    await counted.stop();
  });

  it('lets those go at once who say goodbye', async () => {
    other.leave();
    await clock.advance(10);
    expect(told).toEqual(['joined alive', 'left left']);
    expect(listed()).toEqual([]);
  });

  it('awaits a bounded number, the latest ones', async () => {
    const all = [3, 4, 5, 6].map(nodeId);
    for (const member of all) {
      mesh.node({ id: member });
      await clock.advance(10);
    }
    told.length = 0;
    for (const member of all) {
      giveUp(member);
      await clock.advance(10);
    }
    expect(told.filter((change) => change.startsWith('failed'))).toHaveLength(1);
    expect(lenient.get(nodeId(3))?.status).not.toBe('suspect');
    expect(listed().filter(([, status]) => status === 'suspect')).toEqual(
      all.slice(1).map(({ key }) => [key, 'suspect']),
    );
  });

  it('is quiet when it is stopped, while the membership behind goes on', async () => {
    giveUp(id);
    await clock.advance(10);
    await lenient.stop();
    await lenient.stop();
    mesh.node({ id });
    await clock.advance(20_000);
    expect(told).toEqual(['joined alive', 'suspected suspect']);
    expect(own.get(id)?.status).toBe('alive');
  });

  it('speaks for the node as the membership behind does', () => {
    lenient.setMetadata({ role: 'seed' });
    expect(own.self.metadata).toEqual({ role: 'seed' });
    expect(lenient.self).toEqual(own.self);
  });

  it.each([
    { graceMs: 0 },
    { graceMs: NaN },
    { graceMs: Infinity },
    { graceMs: 1_000, maxAwaited: -1 },
  ])('refuses %p', (options) => {
    expect(() => createLenientMembership({ membership: own, clock }, options)).toThrow(
      InvalidArgumentError,
    );
  });
});
