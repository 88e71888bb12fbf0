// The least that speaks WAMP: lists in JSON over `ws`, so that the router is what is measured.
import { WebSocket } from 'ws';
import { pause } from '../../mesh/sample.mjs';
import { text } from './text.mjs';

const code = {
  ...{ hello: 1, welcome: 2, publish: 16, subscribe: 32, subscribed: 33, event: 36 },
  ...{ call: 48, result: 50, register: 64, registered: 65, invocation: 68, yield: 70 },
};

export async function create({ role, urls, realm }) {
  const socket = new WebSocket(urls[role], ['wamp.2.json'], { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const waiting = new Map();
  const listeners = new Map();
  let lastRequest = 0;
  let corked = false;
  /** Messages of one turn of the event loop leave together, which costs every router the same. */
  const send = (list) => {
    if (!corked) {
      corked = true;
      socket._socket.cork();
      setImmediate(() => {
        corked = false;
        socket._socket.uncork();
      });
    }
    socket.send(JSON.stringify(list));
  };
  const request = (type, ...rest) => {
    const id = ++lastRequest;
    send([type, id, {}, ...rest]);
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  const answer = (id, value) => {
    waiting.get(id)?.(value);
    waiting.delete(id);
  };
  socket.on('message', (data) => {
    const list = JSON.parse(data);
    switch (list[0]) {
      case code.event:
        return listeners.get(list[1])?.(list[4][0]);
      case code.invocation:
        return send([code.yield, list[1], {}, [listeners.get(list[2])(list[4][0])]]);
      case code.result:
        return answer(list[1], list[3][0]);
      case code.welcome:
        return answer('welcome', list[1]);
      case code.subscribed:
      case code.registered:
        return answer(list[1], list[2]);
      default:
        process.stderr.write(`unexpected: ${data}\n`);
    }
  });
  const welcome = new Promise((resolve) => waiting.set('welcome', resolve));
  send([code.hello, realm, { roles: { publisher: {}, subscriber: {}, caller: {}, callee: {} } }]);
  await welcome;
  return {
    async subscribe(topic, listener) {
      const id = await request(code.subscribe, topic);
      listeners.set(id, (value) => listener(text.toBytes(value)));
    },
    publish(topic, bytes) {
      send([code.publish, ++lastRequest, {}, topic, [text.of(bytes)]]);
    },
    async serve(name, handler) {
      const id = await request(code.register, name);
      listeners.set(id, (value) => text.of(handler(text.toBytes(value))));
    },
    call: async (name, bytes) => text.toBytes(await request(code.call, name, [text.of(bytes)])),
    ready: () => pause(300),
    close: () => socket.close(),
  };
}
