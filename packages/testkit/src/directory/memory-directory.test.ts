import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DirectoryKey, NodeId, NotRunningError } from '@macula/core';
import { virtualClock } from '../clock/virtual-clock.ts';
import { directoryCompliance, type DirectoryNode } from '../compliance/directory-compliance.ts';
import { seededRandom } from '../random/seeded-random.ts';
import { memoryDirectory } from './memory-directory.ts';

const key = DirectoryKey.of('a', 'key');
const value = new Uint8Array([1]);

directoryCompliance(
  { describe, it, beforeEach, afterEach },
  'the directory in memory',
  async (count) => {
    const clock = virtualClock();
    const directory = memoryDirectory({ clock, delayMs: 5 });
    const random = seededRandom(1);
    const create = (): DirectoryNode => {
      const id = NodeId.fromBytes(random.bytes(32));
      const node = directory.node(id);
      return {
        id,
        directory: node,
        leave: async () => {
          node.leave();
        },
        crash: () => {
          directory.forget(id);
        },
      };
    };
    return {
      nodes: Array.from({ length: count }, create),
      join: async () => create(),
      eventually: async (condition) => {
        while (!(await condition())) await clock.advance(1);
      },
      complete: (promise) => clock.complete(promise),
      teardown: async () => {
        await clock.runAll();
        expect(clock.pendingTimers).toBe(0);
      },
    };
  },
);

describe('memoryDirectory', () => {
  it('shows changes at once on their own node, and after the delay on others', async () => {
    const clock = virtualClock();
    const directory = memoryDirectory({ clock, delayMs: 20 });
    const [a, b] = [1, 2].map((n) => directory.node(NodeId.fromBytes(new Uint8Array(32).fill(n))));
    a?.announce(key, value);
    expect(await a?.lookup(key)).toHaveLength(1);
    await clock.advance(19);
    expect(await b?.lookup(key)).toHaveLength(0);
    await clock.advance(1);
    expect(await b?.lookup(key)).toHaveLength(1);
  });

  it('counts watches and refuses a node that has left', async () => {
    const clock = virtualClock();
    const directory = memoryDirectory({ clock });
    const id = NodeId.fromBytes(new Uint8Array(32));
    const node = directory.node(id);
    expect(() => directory.node(id)).toThrow('already');
    const announcement = node.announce(key, value);
    node.watch(key, () => undefined).close();
    node.watch(key, () => undefined);
    expect(directory.watches).toBe(1);
    node.leave();
    node.leave();
    expect(directory.watches).toBe(0);
    announcement.withdraw();
    expect(() => {
      announcement.update(value);
    }).toThrow(NotRunningError);
    expect(() => node.announce(key, value)).toThrow(NotRunningError);
    expect(await directory.node(id).lookup(key)).toEqual([]);
  });
});
