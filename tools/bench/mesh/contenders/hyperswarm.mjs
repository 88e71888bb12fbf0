// hyperswarm on a local hyperdht: encrypted streams over native UDX. It has no topics of its own, so fan-out is one
// frame for each connection, as its applications do.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { frameReader, pipeline } from '../framing.mjs';
import { pause } from '../sample.mjs';

const require = createRequire(import.meta.url);

/** More than one subscriber hangs. */
export const maxSubscribers = 1;

export async function infrastructure() {
  const network = await require('hyperdht/testnet')(3);
  return {
    context: { bootstrap: network.bootstrap },
    stop: () => Promise.race([network.destroy(), pause(1_000)]),
  };
}

export async function create({ bootstrap, role }) {
  const Hyperswarm = require('hyperswarm');
  const HyperDHT = require('hyperdht');
  const dht = new HyperDHT({ bootstrap, host: '127.0.0.1', ephemeral: true, firewalled: false });
  const swarm = new Hyperswarm({ dht, maxPeers: 256 });
  const events = role === 'publisher' || role === 'subscriber';
  const key = createHash('sha256')
    .update(events ? 'bench events' : 'bench calls')
    .digest();
  const handlers = {};
  const peers = [];
  swarm.on('connection', (socket) => {
    socket.on('error', () => undefined);
    const peer = pipeline((bytes) => socket.write(bytes), handlers);
    socket.on('data', frameReader(peer.receive));
    peers.push({ socket, peer });
  });
  if (role === 'subscriber' || role === 'callee')
    await swarm.join(key, { server: true, client: false }).flushed();
  return {
    subscribe(_topic, listener) {
      handlers.message = listener;
    },
    publish(_topic, bytes) {
      let room = true;
      for (const { peer } of peers) room = peer.message(bytes) && room;
      if (!room) return new Promise((resolve) => peers[0].socket.once('drain', resolve));
    },
    async ready({ subscribers = 1 }) {
      swarm.join(key, { server: false, client: true });
      await swarm.flush();
      for (let i = 0; i < 200 && peers.length < subscribers; i++) await pause(100);
      if (peers.length < subscribers) throw new Error(`only ${peers.length} connections`);
    },
    serve(_name, handler) {
      handlers.serve = handler;
    },
    call: (_name, bytes) => peers[0].peer.call(bytes),
    close: () => swarm.destroy({ force: true }),
  };
}
