export {
  type Catalogue,
  type CatalogueChange,
  type CatalogueEntry,
  openCatalogue,
} from './catalogue/open-catalogue.ts';
export { createNode } from './create-node.ts';
export { defaultBootstrapPort, type EnvironmentSettings, readEnvironment } from './environment.ts';
export type { JoinOptions } from './join-wait.ts';
export type { MaculaNode } from './macula-node.ts';
export type { DirectoryHealth, NodeHealth } from './node-health.ts';
export type { NodeMembershipOptions, NodeOptions, NodeWampOptions } from './node-options.ts';
export {
  type ObservationServer,
  type ObservationServerOptions,
  startObservationServer,
} from './observation-server.ts';
export { prometheusMetrics } from './prometheus-metrics.ts';

// What users of a node meet in its signatures and catch from its methods, so that one import is enough.
export {
  AbortedError,
  type Address,
  InvalidArgumentError,
  LimitExceededError,
  MaculaError,
  type Member,
  type MembershipChange,
  NodeId,
  NotRunningError,
  PeerUnreachableError,
  TimeoutError,
} from '@macula/core';
export { ephemeralIdentity, type Identity } from '@macula/identity';
export type {
  EventHandler,
  EventStream,
  Gap,
  PublishOptions,
  Resumed,
  SubscribeOptions,
  Subscription,
  TopicEvent,
} from '@macula/pubsub';
export { EventRefusedError, UndeliveredError } from '@macula/pubsub';
export {
  type CallContext,
  CalleeLostError,
  CalleeUnavailableError,
  CallError,
  type CallHandler,
  type CallOptions,
  type CallStream,
  CallTimeoutError,
  ErrorUri,
  type ItemStream,
  NoSuchProcedureError,
  OverloadedError,
  ProcedureAlreadyExistsError,
  type RegisterOptions,
  type Registration,
  type RequestContext,
  type StreamHandler,
  type StreamOptions,
} from '@macula/rpc';
export { Message, withKwargs } from '@macula/wire';
