import { describe, expect, it } from '@jest/globals';
import type { Announcement } from '@macula/core';
import fc from 'fast-check';
import { Cluster, type ClusterNode, valuesAt } from '../test/cluster.ts';
import { keyOf, value } from '../test/entry-fixtures.ts';

const keys = [0, 1, 2].map(keyOf);
const step = fc.record({
  do: fc.constantFrom(
    'announce',
    'update',
    'withdraw',
    'crash',
    'restart',
    'cut',
    'heal',
    'unlink',
  ),
  node: fc.nat(3),
  which: fc.nat(9),
  text: fc.nat(99),
  waitMs: fc.constantFrom(0, 0, 1, 100, 3_000, 20_000),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Own {
  readonly announcement: Announcement;
  readonly key: number;
  text: string;
}

/** What each living node should have announced. */
class History {
  readonly cluster: Cluster;
  readonly nodes: readonly ClusterNode[];
  readonly #owned = new Map<string, Own[]>();
  readonly #crashed = new Set<string>();

  constructor(cluster: Cluster, nodes: readonly ClusterNode[]) {
    this.cluster = cluster;
    this.nodes = nodes;
  }

  get living(): ClusterNode[] {
    return this.cluster.nodes.filter(({ id }) => !this.#crashed.has(id.key));
  }

  expected(key: number): string {
    const owned = this.living.flatMap(({ id }) => this.#of(id.key));
    return owned
      .filter((own) => own.key === key)
      .map(({ text }) => text)
      .sort()
      .join();
  }

  async apply({ do: action, node: index, which, text }: Step): Promise<void> {
    const { network, nodes } = this.cluster;
    const node = nodes[index];
    if (node === undefined) return;
    const own = this.#of(node.id.key);
    const alive = !this.#crashed.has(node.id.key);
    const chosen = own[which % Math.max(1, own.length)];
    if (action === 'announce' && alive) {
      const key = which % keys.length;
      const announcement = node.directory.announce(keys[key]!, value(text));
      own.push({ announcement, key, text: String(text) });
    } else if (action === 'update' && alive && chosen !== undefined) {
      chosen.text = String(text);
      chosen.announcement.update(value(text));
    } else if (action === 'withdraw' && alive && chosen !== undefined) {
      own.splice(own.indexOf(chosen), 1);
      chosen.announcement.withdraw();
    } else if (action === 'crash' && alive) {
      this.#crashed.add(node.id.key);
      network.crash(node.id);
    } else if (action === 'restart' && !alive) {
      this.#crashed.delete(node.id.key);
      this.#owned.delete(node.id.key);
      await this.cluster.start({ maxWithdrawals: 3 }, network.restart(node.id));
    } else if (action === 'cut') {
      network.partition(
        [node.id],
        nodes.filter((other) => other !== node).map(({ id }) => id),
      );
    } else if (action === 'heal') {
      network.heal();
    } else if (action === 'unlink' && alive) {
      for (const link of node.links.all()) void link.close();
    }
  }

  #of(key: string): Own[] {
    let own = this.#owned.get(key);
    if (own === undefined) this.#owned.set(key, (own = []));
    return own;
  }
}

describe('the replicated directory', () => {
  it('converges to the union of what the living have announced, after any history', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const cluster = new Cluster();
        const nodes = await cluster.startMany(4, { maxWithdrawals: 3 });
        const history = new History(cluster, nodes);
        for (const each of steps) {
          await history.apply(each);
          await cluster.clock.advance(each.waitMs);
        }
        cluster.network.heal();
        await cluster.until(async () => {
          for (const node of history.living) {
            for (const [i, key] of keys.entries()) {
              if ((await valuesAt(node, key)).join() !== history.expected(i)) return false;
            }
          }
          return true;
        });
        expect(cluster.network.failures).toEqual([]);
        await cluster.close();
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});
