import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually, ProcessMesh } from '../test/processes/process-mesh.ts';

// Who has been given up is forgotten a second later, which keeps this test short.
const mesh = new ProcessMesh({ membership: { graceMs: 1_000, reconnectIntervalMs: 4_000 } });

afterEach(() => mesh.end());

describe('half of a mesh that stands still until the other half has given it up', () => {
  it('is back with its subscriptions and registrations when it wakes', async () => {
    const { seed, frozen, stiff, publisher } = await mesh.start('frozen', 'stiff', 'publisher');
    const [awake, asleep] = [
      [seed, publisher],
      [frozen, stiff],
    ] as const;
    for (const node of asleep) await node.ask('subscribe', { pattern: 'proof.*' });
    await frozen.ask('serve', { procedure: 'proof.own', invoke: 'single' });
    for (const node of awake) {
      await eventually('all is known', async () => (await node.report()).entries >= 3);
    }
    for (const node of asleep) node.kill('SIGSTOP');
    for (const node of awake) {
      await eventually(
        'they are given up',
        async () => {
          const { members, entries } = await node.report();
          return members === 1 && entries === 0;
        },
        40_000,
      );
    }
    for (const node of asleep) node.kill('SIGCONT');
    for (const node of [...awake, ...asleep]) {
      await eventually(
        'all is known again',
        async () => {
          const { members, entries } = await node.report();
          return members === 3 && entries >= 3;
        },
        40_000,
      );
    }
    await publisher.ask('publish', { topic: 'proof.sure', rate: 50, qos: 1 });
    await publisher.ask('call', { procedure: 'proof.own', rate: 20, timeout: 2_000 });
    for (const node of asleep) {
      await eventually('events flow', async () => {
        return ((await node.report()).events['publisher proof.sure']?.received ?? 0) > 50;
      });
    }
    const sure = await publisher.ask('hush', { topic: 'proof.sure' });
    const own = await publisher.ask('hangUp', { procedure: 'proof.own' });
    expect(sure).toMatchObject({ succeeded: sure.begun, failed: {} });
    expect(own).toMatchObject({ succeeded: own.begun, failed: {} });
    for (const node of asleep) {
      const count = (await node.report()).events['publisher proof.sure'];
      expect(count).toMatchObject({ duplicates: 0, disordered: 0, missing: 0 });
    }
    for (const node of [publisher, stiff, frozen, seed]) {
      expect(await node.retire()).toEqual({ code: 0, held: [] });
    }
  }, 90_000);
});
