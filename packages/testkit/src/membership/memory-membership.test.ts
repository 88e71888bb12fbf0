import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NodeId } from '@macula/core';
import { virtualClock } from '../clock/virtual-clock.ts';
import { membershipCompliance, type MembershipNode } from '../compliance/membership-compliance.ts';
import { seededRandom } from '../random/seeded-random.ts';
import { memoryMembership } from './memory-membership.ts';

membershipCompliance(
  { describe, it, beforeEach, afterEach },
  'the membership in memory',
  async (count) => {
    const clock = virtualClock();
    const mesh = memoryMembership({ clock, delayMs: 5 });
    const random = seededRandom(1);
    const create = (id = NodeId.fromBytes(random.bytes(32))): MembershipNode => {
      const membership = mesh.node({ id });
      return {
        membership,
        leave: async () => {
          membership.leave();
        },
        crash: () => {
          mesh.suspect(id);
          clock.setTimer(() => {
            mesh.fail(id);
          }, 1_000);
        },
      };
    };
    return {
      nodes: Array.from({ length: count }, () => create()),
      join: async () => create(),
      restart: async (node) => create(node.membership.self.id),
      eventually: (condition) => clock.runUntil(condition),
      complete: (promise) => clock.complete(promise),
      teardown: async () => {
        await clock.runAll();
        expect(clock.pendingTimers).toBe(0);
      },
    };
  },
);

describe('memoryMembership', () => {
  it('clears suspicions when told so, and knows whom it can judge', async () => {
    const clock = virtualClock();
    const mesh = memoryMembership({ clock });
    const [first, second] = [1, 2].map((n) => NodeId.fromBytes(new Uint8Array(32).fill(n)));
    const a = mesh.node({ id: first as NodeId });
    const b = mesh.node({ id: second as NodeId });
    await clock.runAll();
    const changes: string[] = [];
    a.onChange(({ type, member }) => changes.push(`${type} ${member.status}`));
    mesh.suspect(b.self.id);
    mesh.recover(b.self.id);
    await clock.runAll();
    expect(changes).toEqual(['suspected suspect', 'recovered alive']);
    expect(() => mesh.node({ id: a.self.id })).toThrow('already');
    b.leave();
    b.leave();
    await clock.runAll();
    expect(changes.slice(2)).toEqual(['left left']);
    expect(() => {
      mesh.fail(b.self.id);
    }).toThrow('not a member');
  });
});
