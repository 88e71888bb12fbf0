// A WAMP client that uses autobahn over JSON.
import { createRequire } from 'node:module';
import { pause } from '../../mesh/sample.mjs';
import { text } from './text.mjs';

const require = createRequire(new URL('../../mesh/', import.meta.url));

export async function create({ role, urls, realm }) {
  globalThis.WebSocket ??= require('ws').WebSocket;
  const autobahn = require('autobahn');
  const connection = new autobahn.Connection({ url: urls[role], realm, max_retries: 0 });
  const session = await new Promise((resolve, reject) => {
    connection.onopen = resolve;
    connection.onclose = (reason) => {
      reject(new Error(`WAMP: ${reason}`));
      return true;
    };
    connection.open();
  });
  return {
    subscribe: (topic, listener) =>
      session.subscribe(topic, ([value]) => listener(text.toBytes(value))),
    publish(topic, bytes) {
      session.publish(topic, [text.of(bytes)]);
    },
    serve: (name, handler) =>
      session.register(name, ([value]) => text.of(handler(text.toBytes(value)))),
    call: async (name, bytes) => text.toBytes(await session.call(name, [text.of(bytes)])),
    ready: () => pause(300),
    close: () => connection.close(),
  };
}
