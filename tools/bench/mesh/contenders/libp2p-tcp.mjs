// js-libp2p with TCP, noise, yamux and gossipsub (signed messages, the default). Calls share one protocol stream.
import { frameReader, pipeline } from '../framing.mjs';
import { pause } from '../sample.mjs';

const protocol = '/bench/calls/1';
/** Slow enough to need fewer messages. */
export const share = 0.2;

export async function createOn(transport, { role }) {
  const [{ createLibp2p }, { noise }, { yamux }, { identify }, { gossipsub }, { multiaddr }] =
    await Promise.all([
      import('libp2p'),
      import('@libp2p/noise'),
      import('@libp2p/yamux'),
      import('@libp2p/identify'),
      import('@libp2p/gossipsub'),
      import('@multiformats/multiaddr'),
    ]);
  const quic = transport === 'quic';
  const events = role === 'publisher' || role === 'subscriber';
  const node = await createLibp2p({
    addresses: { listen: [quic ? '/ip4/127.0.0.1/udp/0/quic-v1' : '/ip4/127.0.0.1/tcp/0'] },
    transports: [
      quic ? (await import('@chainsafe/libp2p-quic')).quic() : (await import('@libp2p/tcp')).tcp(),
    ],
    connectionManager: {
      inboundConnectionThreshold: 10_000,
      maxIncomingPendingConnections: 1_000,
      maxConnections: 1_000,
    },
    ...(quic ? {} : { connectionEncrypters: [noise()], streamMuxers: [yamux()] }),
    services: {
      identify: identify(),
      ...(events
        ? { pubsub: gossipsub({ emitSelf: false, allowPublishToZeroTopicPeers: true }) }
        : {}),
    },
  });
  const handlers = {};
  const adopt = (stream) => {
    const peer = pipeline((bytes) => stream.send(bytes), handlers);
    const read = frameReader(peer.receive);
    stream.addEventListener('message', (event) => read(event.data));
    stream.inactivityTimeout = 0;
    return peer;
  };
  await node.handle(protocol, (opened) => void adopt(opened.stream ?? opened), {
    maxInboundStreams: 4_096,
  });
  let connection;
  let calls;
  return {
    address: node.getMultiaddrs()[0].toString(),
    async connect(addresses) {
      for (const address of addresses) connection = await node.dial(multiaddr(address));
    },
    subscribe(topic, listener) {
      node.services.pubsub.subscribe(topic);
      node.services.pubsub.addEventListener('message', (event) => {
        if (event.detail.topic === topic) listener(event.detail.data);
      });
    },
    publish: (topic, bytes) => node.services.pubsub.publish(topic, bytes),
    async ready({ topic, subscribers }) {
      if (!events) {
        calls = adopt(await connection.newStream(protocol, { maxOutboundStreams: 4_096 }));
        return;
      }
      const seen = () => node.services.pubsub.getSubscribers(topic).length;
      for (let i = 0; i < 200 && seen() < subscribers; i++) await pause(100);
      if (seen() < subscribers) throw new Error('the subscribers were not seen');
      // A heartbeat, in which the gossip mesh forms.
      await pause(1_500);
    },
    serve(_name, handler) {
      handlers.serve = handler;
    },
    call: (_name, bytes) => calls.call(bytes),
    close: () => node.stop(),
  };
}

export const create = (context) => createOn('tcp', context);
