import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PeerExchangeMesh, type MeshNode } from '../test/mesh.ts';

const step = fc.record({
  do: fc.constantFrom('join', 'leave', 'crash', 'restart', 'pause', 'resume', 'cut', 'heal'),
  which: fc.nat(11),
  waitMs: fc.integer({ min: 0, max: 20_000 }),
});

/** What becomes of the nodes that a history names. */
class History {
  readonly mesh: PeerExchangeMesh;
  readonly seed: MeshNode;
  readonly running: MeshNode[];
  readonly #paused: MeshNode[] = [];
  readonly #gone: MeshNode[] = [];

  constructor(mesh: PeerExchangeMesh, seed: MeshNode) {
    this.mesh = mesh;
    this.seed = seed;
    this.running = [];
  }

  async apply({ do: action, which }: { do: string; which: number }): Promise<void> {
    const { network, clock } = this.mesh;
    const bootstrap = [this.seed.address];
    if (action === 'join' && this.running.length < 8) {
      this.running.push(await this.mesh.start({ bootstrap }));
    } else if (action === 'leave') {
      const node = take(this.running, which);
      if (node === undefined) return;
      await clock.complete(node.leave());
      this.#gone.push(node);
    } else if (action === 'crash') {
      const node = take(this.running, which);
      if (node === undefined) return;
      network.crash(node.id);
      this.#gone.push(node);
    } else if (action === 'restart') {
      const node = take(this.#gone, which);
      if (node === undefined) return;
      this.running.push(await this.mesh.start({ links: network.restart(node.id), bootstrap }));
    } else if (action === 'pause') {
      const node = take(this.running, which);
      if (node === undefined) return;
      network.pause(node.id);
      this.#paused.push(node);
    } else if (action === 'resume') {
      const node = take(this.#paused, which);
      if (node !== undefined) this.resume(node);
    } else if (action === 'cut') {
      const ids = this.running.map(({ id }) => id);
      network.partition(ids.slice(0, which), ids.slice(which));
    } else if (action === 'heal') {
      network.heal();
    }
  }

  end(): void {
    this.mesh.network.heal();
    for (const node of this.#paused.splice(0)) this.resume(node);
  }

  resume(node: MeshNode): void {
    this.mesh.network.resume(node.id);
    this.running.push(node);
  }
}

function take(from: MeshNode[], which: number): MeshNode | undefined {
  return from.splice(which % Math.max(1, from.length), 1)[0];
}

describe('membership', () => {
  it('is a full mesh of the living soon after any history of joins, ends, pauses and partitions', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const mesh = new PeerExchangeMesh();
        const history = new History(mesh, await mesh.start());
        for (const each of steps) {
          await history.apply(each);
          await mesh.clock.advance(each.waitMs);
        }
        history.end();
        await mesh.converge([history.seed, ...history.running], 60_000);
        expect(mesh.network.failures).toEqual([]);
        await mesh.close();
      }),
      { numRuns: 25 },
    );
  }, 60_000);
});
