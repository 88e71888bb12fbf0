export { createPubSub, type PubSubDeps } from './create-pub-sub.ts';
export {
  EventRefusedError,
  PayloadTooLargeError,
  type Undelivered,
  UndeliveredError,
  type UndeliveredReason,
} from './errors.ts';
export {
  type AnnouncedPattern,
  interestKey,
  readInterest,
  writeInterest,
} from './interest-entry.ts';
export type { PubSubOptions } from './options.ts';
export type { PubSub } from './pub-sub.ts';
export type { AudienceOptions, PublishOptions } from './publish/publish-options.ts';
export type {
  EventStream,
  Overflow,
  SubscribeOptions,
  Subscription,
  SubscriptionCounters,
} from './subscribe/subscription.ts';
export type { EventHandler, Gap, Resumed, TopicEvent } from './topic-event.ts';
export type { TreeSigner, TreeVerifier } from './tree/tree-plan.ts';
