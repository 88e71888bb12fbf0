// hyperdht on its own test network; announcements and lookups of a topic.
import { createHash } from 'node:crypto';
import { library } from '../rival-library.mjs';

export async function create(count) {
  const [{ default: createTestnet }, { default: DHT }] = await Promise.all(
    ['hyperdht/testnet.js', 'hyperdht'].map(library),
  );
  const testnet = await createTestnet(count);
  const { nodes } = testnet;
  const topicOf = (name) => createHash('sha256').update(name).digest();
  return {
    async announce(at, name) {
      await nodes[at].announce(topicOf(name), DHT.keyPair()).finished();
    },
    async lookup(at, name) {
      let first;
      const query = nodes[at].lookup(topicOf(name));
      for await (const { peers } of query) if (peers.length > 0) first ??= performance.now();
      return { found: first !== undefined, first, messages: query.successes + query.errors };
    },
    close: () => testnet.destroy(),
  };
}
