import {
  type Address,
  type Link,
  type LinkCloseReason,
  type Metrics,
  noMetrics,
  parseRealm,
  silentLogger,
  TimerWheel,
} from '@macula/core';
import {
  ephemeralIdentity,
  type Identity,
  openAdmission,
  type RealmAdmission,
} from '@macula/identity';
import { seededRandom, type VirtualClock, virtualClock } from '@macula/testkit';
import { FrameWriter, protocolVersion } from '@macula/wire';
import { Greeting } from '../src/greeting/greeting.ts';
import { ChunkPool } from '../src/link/chunk-pool.ts';
import { linkFactory } from '../src/link/connection-link.ts';
import { defaultLinkLimits } from '../src/link/link-context.ts';
import { LinkPool } from '../src/pool/link-pool.ts';
import type { ResolveName } from '../src/pool/name-resolver.ts';
import type { PoolOptions } from '../src/pool/pool-options.ts';
import { Turn } from '../src/turn.ts';
import { MemoryBackends } from './memory-backends.ts';

export interface PoolNodeOptions {
  readonly identity?: Identity;
  readonly address?: Address;
  readonly protocols?: readonly ('quic' | 'tcp')[];
  readonly pool?: PoolOptions;
  readonly admission?: RealmAdmission;
  readonly resolve?: ResolveName;
  readonly metrics?: Metrics;
}

/** A pool in virtual time, with where it listens. */
export interface PoolNode {
  readonly pool: LinkPool;
  readonly address: Address;
}

/** Pools over backends in memory, in virtual time. */
export class PoolFixture {
  readonly clock: VirtualClock = virtualClock();
  readonly network = new MemoryBackends(this.clock);
  private readonly identities: Identity[];
  private readonly pools: LinkPool[] = [];
  private nodes = 0;

  constructor(identities: Identity[]) {
    this.identities = [...identities];
  }

  /** Starts a node at an address of its own. */
  async node(options: PoolNodeOptions = {}): Promise<PoolNode> {
    const identity = options.identity ?? this.identities[this.nodes];
    if (identity === undefined) throw new Error('the fixture has no identities left');
    this.nodes += 1;
    const address = options.address ?? { host: `192.0.2.${this.nodes}`, port: 4433 };
    const { clock } = this;
    const random = seededRandom(this.nodes);
    const timers = new TimerWheel(clock);
    const admission = options.admission ?? openAdmission(parseRealm('be.macula.test'));
    const self = identity.nodeId;
    const metrics = options.metrics ?? noMetrics;
    const backends = (options.protocols ?? ['quic', 'tcp']).map((protocol) =>
      this.network.backend(protocol, address, identity.certificateDer),
    );
    const pool = new LinkPool(
      {
        ...{ self, clock, random, timers, metrics, logger: silentLogger },
        createLink: linkFactory({
          ...{ clock, timers, logger: silentLogger, turn: new Turn() },
          chunks: new ChunkPool(),
          writer: new FrameWriter(),
          limits: defaultLinkLimits,
        }),
        greeting: (peer, initiator) =>
          new Greeting({
            ...{ admission, self, peer, initiator, nonce: random.bytes(32) },
            offer: { versions: [protocolVersion], features: [] },
            addresses: [address],
            agent: 'test',
          }),
        openBackends: async () => {
          await Promise.all(backends.map((backend) => backend.start()));
          return backends;
        },
        localAddresses: () => [address],
        resolve: options.resolve ?? (() => Promise.reject(new Error('no such name'))),
      },
      options.pool,
    );
    this.pools.push(pool);
    await pool.start();
    return { pool, address };
  }

  /** Moves time until `promise` settles. */
  complete<T>(promise: Promise<T>): Promise<T> {
    return this.clock.complete(promise, { limitMs: 120_000 });
  }

  /** What `promise` rejects with. */
  failure(promise: Promise<unknown>): Promise<Error> {
    return this.complete(caught(promise));
  }

  /** Tells `a` where `b` is. */
  introduce(a: PoolNode, b: PoolNode): void {
    a.pool.learn(b.pool.self, [b.address]);
  }

  /** A link that `a` has made and `b` has accepted. */
  async link(a: PoolNode, b: PoolNode): Promise<Link> {
    this.introduce(a, b);
    const made = await this.complete(a.pool.link(b.pool.self));
    await this.clock.runUntil(() => b.pool.get(a.pool.self) !== undefined);
    return made;
  }

  /** Stops all, and lets arrive what is on its way. */
  async stop(): Promise<void> {
    await this.complete(Promise.all(this.pools.map((pool) => pool.stop())));
    await this.clock.advance(200);
  }
}

/** Why `link` has closed, once it has. */
export function closeOf(link: Link): () => LinkCloseReason | undefined {
  let reason: LinkCloseReason | undefined;
  link.onClose((given) => (reason = given));
  return () => reason;
}

/** What `promise` rejects with; the test moves time. */
export function caught(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => new Error('it did not fail'),
    (error: unknown) => error as Error,
  );
}

/** Identities, smallest NodeId first. Making them takes time: share them between tests. */
export async function sortedIdentities(count: number): Promise<Identity[]> {
  const identities = await Promise.all(Array.from({ length: count }, () => ephemeralIdentity()));
  return identities.sort((a, b) => a.nodeId.compare(b.nodeId));
}
