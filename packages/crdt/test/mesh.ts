import type { Member, Membership, MembershipChange, NodeId } from '@macula/core';
import {
  type MemoryLinks,
  type MemoryNetwork,
  memoryNetwork,
  type MemoryNetworkOptions,
  seededRandom,
  type VirtualClock,
  virtualClock,
} from '@macula/testkit';
import {
  createReplica,
  type Replica,
  type ReplicaDependencies,
  type ReplicaOptions,
} from '../src/index.ts';

export interface MeshOptions extends ReplicaOptions {
  readonly nodes: number;
  readonly seed?: number;
  readonly network?: Omit<MemoryNetworkOptions, 'clock' | 'random'>;
  /** Dependencies of node `i` that differ from the mesh's own. */
  readonly deps?: (i: number, links: MemoryLinks) => Partial<ReplicaDependencies>;
}

/** Replicas in a simulated network whose members all know one another. */
export interface Mesh {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  readonly links: MemoryLinks[];
  readonly replicas: Replica[];
  /** Starts a replica anew for node `i`, whose last one has stopped or crashed. */
  restart(i: number): Promise<Replica>;
  stop(): Promise<void>;
}

export async function startMesh(options: MeshOptions): Promise<Mesh> {
  const { nodes, seed = 1, network: conditions = {}, deps, ...replicaOptions } = options;
  const clock = virtualClock();
  const random = seededRandom(seed);
  const network = memoryNetwork({ omniscient: true, latencyMs: 20, ...conditions, clock, random });
  const links = Array.from({ length: nodes }, () => network.node());
  const create = (i: number): Replica => {
    const own = links[i] as MemoryLinks;
    const membership = staticMembership(
      own.self,
      links.map(({ self }) => self),
    );
    return createReplica(
      { links: own, clock: own.clock, random, membership, ...deps?.(i, own) },
      replicaOptions,
    );
  };
  const replicas = links.map((_, i) => create(i));
  await clock.complete(Promise.all(replicas.map((replica) => replica.start())));
  return {
    clock,
    network,
    links,
    replicas,
    async restart(i) {
      links[i] = network.restart((links[i] as MemoryLinks).self);
      const replica = create(i);
      replicas[i] = replica;
      await clock.complete(replica.start());
      return replica;
    },
    async stop() {
      await clock.complete(Promise.all(replicas.map((replica) => replica.stop())));
      await clock.complete(network.stop());
    },
  };
}

/** A membership in which everybody is alive for ever. */
function staticMembership(self: NodeId, all: readonly NodeId[]): Membership {
  const memberOf = (id: NodeId): Member => ({
    id,
    addresses: [],
    status: 'alive',
    incarnation: 1n,
    metadata: {},
  });
  const others = all.filter((id) => !id.equals(self)).map(memberOf);
  return {
    self: memberOf(self),
    members: () => others,
    get: (id) => others.find((member) => member.id.equals(id)),
    onChange: (_: (change: MembershipChange) => void) => () => undefined,
    setMetadata: () => undefined,
  };
}
