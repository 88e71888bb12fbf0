import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@macula/core';
import { eventually, ProcessMesh, type WorkingNode } from '../test/processes/process-mesh.ts';

const mesh = new ProcessMesh();

afterEach(() => mesh.end());

const standstillMs = 10_000;

/** Resolves `ms` after now: here the time that passes is what is tested. */
const passed = (ms: number) => new Promise<void>((resolve) => systemClock.setTimer(resolve, ms));

async function eventsOf(node: WorkingNode, stream: string) {
  const count = (await node.report()).events[stream];
  if (count === undefined) throw new Error(`${node.name} has nothing of ${stream}`);
  return count;
}

describe('a process that stands still for ten seconds', () => {
  it('holds up nobody, costs nobody memory, and has everything that was promised when it wakes', async () => {
    const names = ['frozen', 'awake', 'publisher', 'caller'] as const;
    const { seed, frozen, awake, publisher, caller } = await mesh.start(...names);
    for (const node of [frozen, awake]) {
      await node.ask('subscribe', { pattern: 'proof.*' });
      await node.ask('serve', { procedure: 'proof.shared', invoke: 'roundrobin' });
    }
    await frozen.ask('serve', { procedure: 'proof.own', invoke: 'single' });
    for (const node of [publisher, caller]) {
      await eventually('all is known', async () => (await node.report()).entries >= 5);
    }
    // More than an outbox holds of the plain ones, and less than may be unacknowledged of the others.
    await publisher.ask('publish', { topic: 'proof.plain', rate: 300, qos: 0 });
    await publisher.ask('publish', { topic: 'proof.sure', rate: 100, qos: 1 });
    await caller.ask('call', { procedure: 'proof.own', rate: 20, timeout: 1_000 });
    await caller.ask('call', {
      ...{ procedure: 'proof.shared', rate: 50, timeout: 20_000, idempotent: true },
    });
    for (const node of [frozen, awake]) {
      await eventually('events flow', async () => {
        return ((await node.report()).events['publisher proof.sure']?.received ?? 0) > 200;
      });
    }
    const others = [seed, awake, publisher, caller];
    await Promise.all(others.map((node) => node.ask('forgetPauses')));
    const before = await Promise.all(others.map((node) => node.report()));

    frozen.kill('SIGSTOP');
    await passed(standstillMs);
    const during = await Promise.all(others.map((node) => node.report()));
    const missedBefore = await eventsOf(awake, 'publisher proof.sure');
    frozen.kill('SIGCONT');

    await eventually('its subscription is served again', async () => {
      const { last, resumed } = await eventsOf(frozen, 'publisher proof.sure');
      return resumed > 0 && last > missedBefore.last;
    });
    await eventually('its procedures are called again', async () => {
      const now = (await caller.report()).calling['proof.own']?.succeeded ?? 0;
      return now > (during[3]?.calling['proof.own']?.succeeded ?? 0) + 20;
    });
    const plain = await publisher.ask('hush', { topic: 'proof.plain' });
    const sure = await publisher.ask('hush', { topic: 'proof.sure' });
    const own = await caller.ask('hangUp', { procedure: 'proof.own' });
    const shared = await caller.ask('hangUp', { procedure: 'proof.shared' });
    for (const node of [frozen, awake]) {
      await eventually('the last events are there', async () => {
        return (await eventsOf(node, 'publisher proof.plain')).last === plain.begun;
      });
    }
    // Whoever was awake has missed nothing, and waited a second at the most for the one that was not.
    const flawless = { duplicates: 0, disordered: 0, missing: 0, reportedMissing: 0 };
    const wide = await eventsOf(awake, 'publisher proof.plain');
    expect(wide).toMatchObject({ ...flawless, received: plain.begun });
    expect(wide.longestPause).toBeLessThan(2_000);
    expect(await eventsOf(awake, 'publisher proof.sure')).toMatchObject({
      ...{ ...flawless, received: sure.begun },
    });
    // Acknowledged events reach the one that stood still once and in order; plain ones that did not fit are reported.
    expect(await eventsOf(frozen, 'publisher proof.sure')).toMatchObject({
      ...{ ...flawless, received: sure.begun, resumed: 1 },
    });
    const gappy = await eventsOf(frozen, 'publisher proof.plain');
    expect(gappy).toMatchObject({ duplicates: 0, disordered: 0 });
    expect(gappy.missing).toBeGreaterThan(0);
    expect(gappy.reportedMissing).toBe(gappy.missing);
    expect(gappy.received + gappy.missing).toBe(plain.begun);
    expect(plain).toMatchObject({ succeeded: plain.begun, failed: {} });
    expect(sure).toMatchObject({ succeeded: sure.begun, failed: {} });
    // Calls to it failed in time; those that may run again were answered by the other one.
    expect(own.slowest).toBeLessThan(1_000 + 500);
    expect(shared).toMatchObject({ succeeded: shared.begun, failed: {} });
    during.forEach(({ rss }, i) => {
      expect(rss - (before[i]?.rss ?? 0)).toBeLessThan(48 * 1_048_576);
    });
    for (const node of [caller, publisher, awake, frozen, seed]) {
      expect(await node.retire()).toEqual({ code: 0, held: [] });
    }
  }, 90_000);
});
