export { skewedClock } from './clock/skewed-clock.ts';
export {
  type RunLimit,
  virtualClock,
  type VirtualClock,
  type VirtualClockOptions,
} from './clock/virtual-clock.ts';
export { type DatagramConditions } from './datagram/datagram-conditions.ts';
export type { DatagramStats } from './datagram/datagram-stats.ts';
export {
  type AddressGroup,
  type MemoryDatagramNetwork,
  memoryDatagramNetwork,
  type MemoryDatagramNetworkOptions,
} from './datagram/memory-datagram-network.ts';
export type { NetworkConditions, PerPath } from './network/conditions.ts';
export {
  constantLatency,
  geographicLatency,
  type GeographicLatencyOptions,
  greatCircleKm,
  type Latency,
  logNormalLatency,
  type LogNormalLatencyOptions,
  type Place,
  uniformLatency,
  zonedLatency,
  type ZonedLatencyOptions,
} from './network/latency.ts';
export type { LinkLimits } from './network/link-limits.ts';
export type { HandlerFailure } from './network/handler-failures.ts';
export type { FrameObserver } from './network/medium.ts';
export type { MemoryLinks, ProcessClock } from './network/memory-links.ts';
export {
  type MemoryNetwork,
  memoryNetwork,
  type MemoryNetworkOptions,
} from './network/memory-network.ts';
export type { MemoryNodeOptions } from './network/memory-node-options.ts';
export type { GroundOptions, NodeGroup } from './network/network-ground.ts';
export type { Amount, NodeTraffic, TrafficStats } from './network/traffic-stats.ts';
export { type SeededIdentity, seededIdentity } from './random/seeded-identity.ts';
export { type SeededRandom, seededRandom } from './random/seeded-random.ts';
export {
  directoryCompliance,
  type DirectoryNode,
  type DirectorySetup,
} from './compliance/directory-compliance.ts';
export { eventually, type EventuallyOptions } from './compliance/eventually.ts';
export { linksCompliance } from './compliance/links-compliance.ts';
export type {
  LinksComplianceOptions,
  LinksSetup,
  LinksUnderTest,
  NodeUnderTestOptions,
} from './compliance/links/links-setup.ts';
export {
  membershipCompliance,
  type MembershipNode,
  type MembershipSetup,
} from './compliance/membership-compliance.ts';
export type { TestApi } from './compliance/test-api.ts';
export {
  type MemoryDirectory,
  memoryDirectory,
  type MemoryDirectoryNode,
  type MemoryDirectoryOptions,
} from './directory/memory-directory.ts';
export {
  type MemoryMemberOptions,
  type MemoryMembership,
  memoryMembership,
  type MemoryMembershipNode,
  type MemoryMembershipOptions,
} from './membership/memory-membership.ts';
export {
  act,
  calm,
  conditions,
  crash,
  heal,
  partition,
  pause,
  restart,
  resume,
} from './simulation/actions.ts';
export { joinShards, type JoinShardsOptions } from './shards/join-shards.ts';
export type { Shard, ShardOptions } from './shards/shard.ts';
export type { ShardedNode, ShardNetwork, ShardNetworkOptions } from './shards/shard-network.ts';
export { EventTrace, type TracedEvent } from './simulation/event-trace.ts';
export { always, type Check, type Invariant, settles } from './simulation/invariant.ts';
export {
  type FaultWeights,
  randomScenario,
  type RandomScenarioOptions,
} from './simulation/random-scenario.ts';
export {
  type Action,
  at,
  every,
  type RepetitionOptions,
  type Step,
} from './simulation/scenario.ts';
export {
  simulate,
  type SimulateOptions,
  simulateSeeds,
  type SimulationResult,
} from './simulation/simulate.ts';
export type {
  Application,
  ApplicationFactory,
  Environment,
  SimulatedNode,
} from './simulation/simulated-node.ts';
export type { SimulatedNetworkOptions, Simulation } from './simulation/simulation.ts';
export {
  SimulationFailedError,
  type SimulationFailure,
} from './simulation/simulation-failed-error.ts';
