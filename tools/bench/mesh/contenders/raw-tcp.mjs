// The floor: plain sockets, clear text, no names, one write a message.
import net from 'node:net';
import { frameReader, pipeline } from '../framing.mjs';
import { pause } from '../sample.mjs';

export async function create() {
  const handlers = {};
  const peers = [];
  const adopt = (socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    const peer = pipeline((bytes) => socket.write(bytes), handlers);
    socket.on('data', frameReader(peer.receive));
    peers.push({ socket, peer });
  };
  const server = net.createServer(adopt);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: server.address().port,
    async connect(addresses) {
      for (const port of addresses) {
        const socket = net.connect(port, '127.0.0.1');
        await new Promise((resolve) => socket.once('connect', resolve));
        adopt(socket);
      }
    },
    subscribe(_topic, listener) {
      handlers.message = listener;
    },
    publish(_topic, bytes) {
      let room = true;
      for (const { peer } of peers) room = peer.message(bytes) && room;
      if (!room) return new Promise(setImmediate);
    },
    serve(_name, handler) {
      handlers.serve = handler;
    },
    call: (_name, bytes) => peers[0].peer.call(bytes),
    ready: () => pause(100),
    close() {
      for (const { socket } of peers) socket.destroy();
      server.close();
    },
  };
}
