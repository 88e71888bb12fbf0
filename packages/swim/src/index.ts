export {
  createLenientMembership,
  type LenientMembershipDeps,
  type LenientMembershipOptions,
} from './lenient-membership.ts';
export { maxMetadataBytes } from './metadata.ts';
export { createPeerExchange, type PeerExchange, type PeerExchangeDeps } from './peer-exchange.ts';
export type { PeerExchangeOptions } from './peer-exchange-options.ts';
export { memberLifecycle } from './member-lifecycle.ts';
export { memberStatus } from './swim/member-status.ts';
export { StatementPool } from './swim/statement-pool.ts';
export { createSwim, type Swim, type SwimDeps } from './swim/swim.ts';
export type { SwimExtensions, SwimOptions } from './swim/swim-options.ts';
