import type { Clock, Link } from '@macula/core';
import type { EventFrames } from './event-frames.ts';
import type { Target } from './target.ts';

export interface IntroductionDeps {
  readonly clock: Clock;
  readonly frames: EventFrames;
}

/**
 * Tells a subscriber over `link` what a topic's alias stands for, and its kept value; everything up to `base` is over. False when
 * the link has no room.
 */
export function introduce(
  { clock, frames }: IntroductionDeps,
  link: Link,
  target: Target,
  base: number,
): boolean {
  const { topic, subscriber } = target;
  // What is sent again may be older than what the subscriber has forgotten.
  const since = Math.min(target.joined, base);
  if (!link.send(frames.topic(topic, base, since, target.elsewhere))) return false;
  target.introduced = true;
  target.elsewhere = 0;
  const kept = topic.keptFor(subscriber.id);
  // A later one is still in the outbox, as an event like any other.
  if (kept !== undefined && kept.sequence <= base) {
    if (!link.send(frames.kept(topic.alias, kept, clock.now()))) return false;
  }
  target.readyOn = link;
  return true;
}
