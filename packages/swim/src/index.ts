export { maxMetadataBytes } from './metadata.ts';
export { createPeerExchange, type PeerExchange, type PeerExchangeDeps } from './peer-exchange.ts';
export type { PeerExchangeOptions } from './peer-exchange-options.ts';
export { memberLifecycle } from './member-lifecycle.ts';
