// Kademlia of @macula/dht over real links, no membership: nothing but Kademlia tells who is there.
import { DirectoryKey, noMetrics, silentLogger, systemClock, systemRandom } from '@macula/core';
import { createKademlia } from '@macula/dht';
import { createSignatureVerifier, ephemeralIdentity, openAdmission } from '@macula/identity';
import { createTransport } from '@macula/transport';

const base = { clock: systemClock, random: systemRandom, logger: silentLogger };

export async function create(count) {
  let requests = 0;
  const counting = {
    ...noMetrics,
    counter: (options) =>
      options.name === 'macula_dht_requests_total'
        ? { inc: () => void requests++ }
        : noMetrics.counter(options),
  };
  const nodes = [];
  for (let at = 0; at < count; at++) {
    const identity = await ephemeralIdentity(base);
    const links = createTransport(
      { ...base, identity, admission: openAdmission('bench') },
      { host: '127.0.0.1', port: 0 },
    );
    await links.start();
    const directory = createKademlia(
      { ...base, metrics: counting, links, signer: identity, verify: createSignatureVerifier() },
      // Every lookup goes out.
      { cacheMs: 1, bootstrap: nodes[0]?.links.localAddresses ?? [] },
    );
    await directory.start();
    nodes.push({ links, directory });
  }
  const keyOf = (name) => DirectoryKey.of('bench', name);
  return {
    async announce(at, name) {
      const announcement = nodes[at].directory.announce(keyOf(name), Buffer.from(name));
      await announcement.confirmed();
    },
    async lookup(at, name) {
      const before = requests;
      const entries = await nodes[at].directory.lookup(keyOf(name));
      const found = entries.length > 0;
      return { found, first: systemClock.now(), messages: requests - before };
    },
    async close() {
      await Promise.all(nodes.map(({ directory }) => directory.stop()));
      await Promise.all(nodes.map(({ links }) => links.stop()));
    },
  };
}
