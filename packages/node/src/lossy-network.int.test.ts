import { describe, expect, it } from '@jest/globals';
import { type Address, formatAddress, systemClock } from '@macula/core';
import { memoryDatagramNetwork, type SeededRandom, seededRandom } from '@macula/testkit';
import { EventLedger } from '../test/processes/event-ledger.ts';
import { eventually } from '../test/processes/process-mesh.ts';
import { createNode } from './create-node.ts';
import type { MaculaNode } from './macula-node.ts';

const patience = (ms: number) => new Promise<void>((resolve) => systemClock.setTimer(resolve, ms));

/** Whole nodes with real QUIC, whose packets take their chances. */
class LossyMesh {
  readonly network;
  readonly nodes: MaculaNode[] = [];

  constructor(random: SeededRandom) {
    this.network = memoryDatagramNetwork({ random });
  }

  async join(): Promise<MaculaNode> {
    const socket = this.network.socket();
    const node = await createNode({
      ...{ realm: 'be.macula.proof', environment: {} },
      bootstrap: this.nodes.slice(0, 1).flatMap(({ addresses }) => addresses.map(formatAddress)),
      announce: [formatAddress(socket.localAddress)],
      bindDatagrams: () => Promise.resolve(socket),
      transport: { tcp: false },
    });
    this.nodes.push(node);
    return node;
  }

  address(node: MaculaNode): Address {
    return node.addresses[0]!;
  }

  async stop(): Promise<void> {
    this.network.heal();
    this.network.change({ loss: 0, reordering: 0, duplication: 0, corruption: 0 });
    await Promise.all(this.nodes.map((node) => node.stop()));
  }
}

/** Cuts the network in two for a while, again and again; once for so long that links are lost. */
async function unrest(mesh: LossyMesh, random: SeededRandom): Promise<void> {
  for (const cutMs of [300, 6_000, 1_000]) {
    await patience(random.integer(400));
    const lonely = mesh.nodes[random.integer(mesh.nodes.length)]!;
    const others = mesh.nodes.filter((node) => node !== lonely);
    mesh.network.partition(
      mesh.address(lonely),
      others.map((node) => mesh.address(node)),
      { oneWay: random.next() < 0.3 },
    );
    await patience(cutMs);
    mesh.network.heal();
  }
}

const seeds = [1, 2, (systemClock.wallTime() % 1_000_000) | 0];

describe('acknowledged events, over real QUIC on a network that loses, doubles, reorders, damages and parts', () => {
  it.each(seeds)(
    'reach every handler once and in order of their publisher (seed %i)',
    async (seed) => {
      const random = seededRandom(seed);
      const mesh = new LossyMesh(random);
      try {
        const nodes = [await mesh.join(), await mesh.join(), await mesh.join(), await mesh.join()];
        const [first, second, ...subscribers] = nodes as [MaculaNode, MaculaNode, ...MaculaNode[]];
        const ledgers = subscribers.map(() => new EventLedger());
        for (const [i, node] of subscribers.entries()) {
          await node.subscribe('proof.**', ledgers[i]!.take);
        }
        await eventually('the interest is known', () =>
          [first, second].every((node) => node.health().directory.peers >= 2),
        );
        mesh.network.change({
          ...{ latencyMs: 2, jitterMs: 5, reorderingMs: 30 },
          ...{ loss: random.next() * 0.1, reordering: random.next() * 0.1 },
          ...{ duplication: random.next() * 0.05, corruption: random.next() * 0.02 },
        });
        const counts = { first: 0, second: 0 };
        const published: Promise<void>[] = [];
        let calm = false;
        const over = unrest(mesh, random).then(() => (calm = true));
        while (!calm) {
          for (const [name, node] of [
            ['first', first],
            ['second', second],
          ] as const) {
            const args = [name, ++counts[name]];
            const options = { qos: 1, timeout: 30_000 } as const;
            published.push(node.publish(`proof.${name}`, args, options));
          }
          await patience(10);
        }
        await over;
        expect(await Promise.allSettled(published)).toEqual(
          published.map(() => ({ status: 'fulfilled', value: undefined })),
        );
        for (const ledger of ledgers) {
          for (const name of ['first', 'second'] as const) {
            expect(ledger.counts()[`${name} proof.${name}`]).toMatchObject({
              ...{ received: counts[name], last: counts[name] },
              ...{ duplicates: 0, disordered: 0, missing: 0 },
            });
          }
        }
      } finally {
        await mesh.stop();
      }
    },
    60_000,
  );
});
