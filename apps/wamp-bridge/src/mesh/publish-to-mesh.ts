import { backoffDelay, type Clock, type NodeId, type Random } from '@macula/core';
import { type MaculaNode, UndeliveredError } from '@macula/node';
import type { CrossingEvent } from '../buffer/event-lane.ts';
import { valueOf } from '../crossing/mesh-values.ts';

const retry = { baseMs: 100, maxMs: 5_000 };

/**
 * Publishes a router's event in the mesh. One of quality of service 1 is published again to those who were too slow, until
 * they have it or `maxAgeMs` has passed; a node that is gone is not waited for.
 */
export function meshPublisher(
  deps: { readonly node: MaculaNode; readonly clock: Clock; readonly random: Random },
  maxAgeMs: () => number,
): (event: CrossingEvent) => Promise<void> {
  const { node, clock, random } = deps;
  const insist = async (event: CrossingEvent): Promise<void> => {
    const end = clock.now() + maxAgeMs();
    let eligible: readonly NodeId[] | undefined;
    for (let attempt = 0; ; attempt++) {
      try {
        await node.publish(event.topic, valueOf(event), {
          qos: 1,
          disclose: true,
          timeout: Math.max(1, end - clock.now()),
          ...(eligible && { eligible }),
        });
        return;
      } catch (error) {
        if (!(error instanceof UndeliveredError)) throw error;
        const slow = error.undelivered.filter(({ reason }) => reason === 'slow');
        if (slow.length === 0) return;
        if (clock.now() >= end) throw error;
        eligible = slow.map((one) => one.node);
        await new Promise<void>((resolve) => {
          clock.setTimer(resolve, backoffDelay(attempt, retry, random));
        });
      }
    }
  };
  return (event) =>
    event.qos === 1 ? insist(event) : node.publish(event.topic, valueOf(event), { disclose: true });
}
