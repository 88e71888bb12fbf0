// A fingerprint of all frames that nodes took in, which does not depend on how the nodes are shared out among shards.
import { createHash } from 'node:crypto';
import { EventTrace } from '@macula/testkit';

/** One trace for each node: of two nodes' frames, nobody can say which came first, and it does not matter. */
export function frameTraces(now) {
  const traces = [];
  const numbers = new Map();
  return {
    /** Nodes are added in the same order in every shard. */
    add(id) {
      numbers.set(id.key, traces.push(new EventTrace()) - 1);
    },
    onFrame(from, to, frame) {
      const receiver = numbers.get(to.key);
      traces[receiver].frame(now(), numbers.get(from.key), receiver, frame);
    },
    /** Of what all shards have seen. */
    async fingerprint(shard) {
      const all = await shard.gather(traces.map(({ hash, length }) => (length > 0 ? hash : '')));
      const hash = createHash('sha256');
      for (let at = 0; at < traces.length; at++) hash.update(all.map((one) => one[at]).join(''));
      return hash.digest('hex').slice(0, 16);
    },
  };
}
