import type { Tally } from '../tally.ts';
import type { IncomingTopic } from './incoming-topic.ts';
import type { LocalSubscription } from './local-subscription.ts';

/** Tells subscriptions, and the metrics, that the sequences `from` to `to` of a topic are missing. */
export function reportGap(
  tally: Tally,
  topic: IncomingTopic,
  subscriptions: readonly LocalSubscription[],
  from: number,
  to: number,
): void {
  tally.gap(to - from + 1);
  const { publisher, name } = topic;
  for (const subscription of subscriptions) {
    subscription.missed({ publisher, topic: name, from, to });
  }
}
