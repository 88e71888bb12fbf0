// A WAMP client of a few lines, so that the load costs the bench as little as possible: JSON, publications without acknowledgement.
import { WebSocket } from 'ws';

export async function openWampSocket(url, realm) {
  const socket = new WebSocket(url, 'wamp.2.json');
  const listeners = new Map();
  let answered = () => undefined;
  const answer = () => new Promise((resolve) => (answered = resolve));
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    if (message[0] === 36) listeners.get(message[1])?.(message[4]);
    else answered(message);
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const welcome = answer();
  const roles = { publisher: {}, subscriber: {} };
  socket.send(JSON.stringify([1, realm, { roles }]));
  await welcome;
  let request = 0;
  return {
    publish: (topic, args) => socket.send(JSON.stringify([16, ++request, {}, topic, args])),
    get queued() {
      return socket.bufferedAmount;
    },
    async subscribe(topic, listener) {
      const subscribed = answer();
      socket.send(JSON.stringify([32, ++request, {}, topic]));
      listeners.set((await subscribed)[2], listener);
    },
    close: () => socket.terminate(),
  };
}
