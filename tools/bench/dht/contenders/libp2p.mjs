// @libp2p/kad-dht over TCP, noise and yamux; provider records, as announcements are.
import { createHash } from 'node:crypto';
import { library } from '../rival-library.mjs';

/** Number of the event by which a query tells that it asks a peer. */
const sendQuery = 0;

/** Its lookups and announcements go on until k nodes have been asked, seconds each: fewer have to do, or the bench would take half an hour. */
export const mostNames = 10;
export const mostLookups = 10;

export async function create(count) {
  const [{ createLibp2p }, { tcp }, { noise }, { yamux }, { identify }, { ping }, kad] =
    await Promise.all(
      [
        'libp2p',
        '@libp2p/tcp',
        '@libp2p/noise',
        '@libp2p/yamux',
        '@libp2p/identify',
        '@libp2p/ping',
        '@libp2p/kad-dht',
      ].map(library),
    );
  const [{ CID }, { create: digest }] = await Promise.all(
    ['multiformats/cid', 'multiformats/hashes/digest'].map(library),
  );
  const nodes = [];
  for (let at = 0; at < count; at++) {
    const node = await createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionManager: {
        inboundConnectionThreshold: 10_000,
        maxIncomingPendingConnections: 1_000,
        maxConnections: 1_000,
        // Fifty nodes in one process take turns.
        dialTimeout: 60_000,
        inboundUpgradeTimeout: 60_000,
      },
      services: {
        identify: identify(),
        ping: ping(),
        dht: kad.kadDHT({
          protocol: '/bench/kad/1.0.0',
          clientMode: false,
          peerInfoMapper: kad.passthroughMapper,
          allowQueryWithZeroPeers: true,
        }),
      },
    });
    if (nodes.length > 0) {
      await node.dial(nodes[0].getMultiaddrs(), { signal: AbortSignal.timeout(60_000) });
    }
    nodes.push(node);
  }
  const tableOf = (node) => node.services.dht.routingTable.size;
  // Identification fills the tables in the background, and each node looks for its own place a second after its start. Refreshing
  // all tables on top of that takes minutes.
  for (let i = 0; i < 600 && nodes.some((node) => tableOf(node) < Math.min(20, count / 2)); i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const cidOf = (name) =>
    CID.createV1(0x55, digest(0x12, createHash('sha256').update(name).digest()));
  return {
    async announce(at, name) {
      for await (const event of nodes[at].services.dht.provide(cidOf(name))) void event;
    },
    async lookup(at, name) {
      let messages = 0;
      let first;
      const signal = AbortSignal.timeout(20_000);
      for await (const event of nodes[at].services.dht.findProviders(cidOf(name), { signal })) {
        if (event.type === sendQuery) messages++;
        if (event.name === 'PROVIDER' && event.providers.length > 0) first ??= performance.now();
        if (event.name === 'PEER_RESPONSE' && event.providers.length > 0)
          first ??= performance.now();
      }
      return { found: first !== undefined, first, messages };
    },
    close: () => Promise.all(nodes.map((node) => node.stop())),
  };
}
