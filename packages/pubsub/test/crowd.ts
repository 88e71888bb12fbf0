import { createHash } from 'node:crypto';
import {
  type Directory,
  type DirectoryChange,
  type DirectoryEntry,
  NodeId,
  type MembershipChange,
} from '@macula/core';
import {
  type MemoryLinks,
  type MemoryNetwork,
  memoryNetwork,
  type MemoryNetworkOptions,
  seededRandom,
  type SeededRandom,
  type VirtualClock,
  virtualClock,
} from '@macula/testkit';
import { createPubSub, type PubSub, type PubSubOptions, type TreeSigner } from '../src/index.ts';
import { membershipOf, memberOf } from './told-membership.ts';
import { RecordingMetrics } from './recording-metrics.ts';

export interface CrowdNode {
  readonly id: NodeId;
  readonly links: MemoryLinks;
  readonly pubsub: PubSub & { start(): Promise<void>; stop(): Promise<void> };
  readonly metrics: RecordingMetrics;
  readonly told: (type: MembershipChange['type'], node: NodeId) => void;
}

/** A signature in name only: whoever knows the key can make it. */
export function pretendedSigner(publicKey: Uint8Array): TreeSigner {
  const nodeId = NodeId.fromBytes(createHash('sha256').update(publicKey).digest());
  return { nodeId, publicKey, sign: (data) => pretended(publicKey, data) };
}

export function verifyPretended(key: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  return Buffer.compare(pretended(key, data), signature) === 0;
}

function pretended(key: Uint8Array, data: Uint8Array): Uint8Array {
  return createHash('sha512').update(key).update(data).digest();
}

/** Very many nodes that share one directory, in virtual time. Costs little per node. */
export class Crowd {
  readonly clock: VirtualClock = virtualClock();
  readonly network: MemoryNetwork;
  readonly random: SeededRandom;
  readonly nodes: CrowdNode[] = [];
  readonly #entries = new Map<string, Set<DirectoryEntry>>();
  readonly #watchers = new Map<string, Set<(change: DirectoryChange) => void>>();
  readonly #delayMs = 5;

  constructor(options: MemoryNetworkOptions & { readonly seed?: number } = {}) {
    const { seed = 1, ...network } = options;
    this.random = seededRandom(seed);
    const { clock, random } = this;
    this.network = memoryNetwork({ clock, random, omniscient: true, ...network });
  }

  async node(options: Partial<PubSubOptions> & { signs?: boolean } = {}): Promise<CrowdNode> {
    const { signs = true, ...rest } = options;
    const signer = pretendedSigner(this.random.bytes(44));
    const links = this.network.node(signer.nodeId);
    const metrics = new RecordingMetrics();
    const listeners = new Set<(change: MembershipChange) => void>();
    const pubsub = createPubSub(
      {
        links,
        directory: this.#directoryOf(links.self),
        membership: membershipOf(links.self, listeners),
        clock: links.clock,
        random: this.random,
        metrics,
        ...(signs && { signer, verify: verifyPretended }),
      },
      { realm: 'org.example', ...rest },
    );
    await pubsub.start();
    const told: CrowdNode['told'] = (type, node) => {
      for (const listener of listeners) listener({ type, member: memberOf(node) });
    };
    const node = { id: links.self, links, pubsub, metrics, told };
    this.nodes.push(node);
    return node;
  }

  async nodesOf(count: number, options: Partial<PubSubOptions> = {}): Promise<CrowdNode[]> {
    const nodes: CrowdNode[] = [];
    for (let i = 0; i < count; i++) nodes.push(await this.node(options));
    return nodes;
  }

  /** The sum of a metric over all nodes. */
  sum(name: string, reason?: string): number {
    return this.nodes.reduce((sum, { metrics }) => sum + metrics.value(name, reason), 0);
  }

  /** Kills a node, and takes what it has announced away. */
  kill(node: CrowdNode): void {
    this.network.crash(node.id);
  }

  /** What the directory and the membership do when a node has failed. */
  bury(node: CrowdNode): void {
    for (const entries of this.#entries.values()) {
      for (const entry of [...entries]) {
        if (!entry.node.equals(node.id)) continue;
        entries.delete(entry);
        this.#tell({ type: 'removed', entry });
      }
    }
    for (const other of this.nodes) if (other !== node) other.told('failed', node.id);
  }

  async stop(): Promise<void> {
    for (const { pubsub } of this.nodes) await pubsub.stop();
    await this.clock.complete(this.network.stop());
  }

  #directoryOf(node: NodeId): Directory {
    let announced = 0;
    return {
      announce: (key, value) => {
        let entry: DirectoryEntry = { key, node, id: `${announced++}`, value };
        const entries = this.#entries.get(key.key) ?? new Set();
        this.#entries.set(key.key, entries.add(entry));
        this.#tell({ type: 'added', entry });
        return {
          update: (changed) => {
            entries.delete(entry);
            entry = { ...entry, value: changed };
            entries.add(entry);
            this.#tell({ type: 'updated', entry });
          },
          withdraw: () => {
            if (entries.delete(entry)) this.#tell({ type: 'removed', entry });
          },
        };
      },
      lookup: async (key) => [...(this.#entries.get(key.key) ?? [])],
      watch: (key, onChange) => {
        const watchers = this.#watchers.get(key.key) ?? new Set();
        this.#watchers.set(key.key, watchers.add(onChange));
        return {
          entries: [...(this.#entries.get(key.key) ?? [])],
          ready: Promise.resolve(),
          close: () => watchers.delete(onChange),
        };
      },
    };
  }

  #tell(change: DirectoryChange): void {
    const watchers = this.#watchers.get(change.entry.key.key);
    if (watchers === undefined || watchers.size === 0) return;
    this.clock.setTimer(
      () => {
        for (const watcher of [...watchers]) watcher(change);
      },
      this.#delayMs,
      { background: true },
    );
  }
}
