export type { CausalState } from './causal/causal-state.ts';
export type { Crdt, Divisible, ReplicatedType, StateOf, Timestamped } from './crdt.ts';
export {
  ClockSkewError,
  DamagedStoreError,
  DocumentTypeError,
  MalformedStateError,
  StoreFailedError,
  UnencodableValueError,
} from './errors.ts';
export { EWFlag, type EWFlagState, type EWFlagType } from './ew-flag.ts';
export { GCounter, type GCounterState, type GCounterType } from './g-counter.ts';
export {
  compareTimestamps,
  createHybridClock,
  defaultMaxSkewMs,
  type HybridClock,
  type HybridClockOptions,
  type Timestamp,
  timestampAfter,
} from './hybrid-clock.ts';
export {
  LWWRegister,
  lwwRegister,
  type LWWRegisterState,
  type LWWRegisterType,
} from './lww-register.ts';
export type { MapShare } from './map-share.ts';
export {
  MVRegister,
  mvRegister,
  type MVRegisterState,
  type MVRegisterType,
} from './mv-register.ts';
export { ORMap, type ORMapOptions, type ORMapState, type ORMapType } from './or-map.ts';
export { ORSet, orSet, type ORSetState, type ORSetType } from './or-set.ts';
export { PNCounter, type PNCounterState, type PNCounterType } from './pn-counter.ts';
export type {
  ChangeListener,
  ChangeOrigin,
  MutationContext,
  ReplicatedDocument,
} from './replication/document.ts';
export { createMemoryStore } from './replication/memory-store.ts';
export { type AnyType, type ReplicaOptions } from './replication/replica-options.ts';
export { createReplica, type Replica, type ReplicaDependencies } from './replication/replica.ts';
export type { Store, StoreBatch } from './replication/store.ts';
export type { Tally } from './tally.ts';
