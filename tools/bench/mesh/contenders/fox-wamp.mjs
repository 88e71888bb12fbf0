// A WAMP router (fox-wamp) with autobahn clients over WebSocket and JSON, clear text.
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { pause } from '../sample.mjs';
import { waitForPort } from '../wait-for-port.mjs';

const require = createRequire(import.meta.url);
const port = 19_000;

export async function infrastructure() {
  const program = fileURLToPath(new URL('./fox-wamp-router.cjs', import.meta.url));
  const router = fork(program, [String(port)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await waitForPort(port);
  return {
    context: { url: `ws://127.0.0.1:${port}/wamp` },
    stop: () => new Promise((resolve) => router.once('exit', resolve).kill()),
  };
}

const toText = (bytes) => bytes.toString('latin1');
const toBytes = (text) => Buffer.from(text, 'latin1');

export async function create({ url }) {
  const autobahn = require('autobahn');
  const connection = new autobahn.Connection({ url, realm: 'realm1', max_retries: 0 });
  const session = await new Promise((resolve, reject) => {
    connection.onopen = resolve;
    connection.onclose = (reason) => {
      reject(new Error(`WAMP: ${reason}`));
      return true;
    };
    connection.open();
  });
  return {
    subscribe: (topic, listener) => session.subscribe(topic, (args) => listener(toBytes(args[0]))),
    publish(topic, bytes) {
      session.publish(topic, [toText(bytes)]);
    },
    serve: (name, handler) => session.register(name, (args) => toText(handler(toBytes(args[0])))),
    call: async (name, bytes) => toBytes(await session.call(name, [toText(bytes)])),
    ready: () => pause(200),
    close: () => connection.close(),
  };
}
