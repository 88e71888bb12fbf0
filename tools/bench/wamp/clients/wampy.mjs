// A WAMP client that uses wampy over JSON.
import { Wampy } from 'wampy';
import { WebSocket } from 'ws';
import { pause } from '../../mesh/sample.mjs';
import { text } from './text.mjs';

export async function create({ role, urls, realm }) {
  const client = new Wampy(urls[role], { realm, ws: WebSocket, autoReconnect: false });
  await client.connect();
  return {
    subscribe: (topic, listener) =>
      client.subscribe(topic, ({ argsList }) => listener(text.toBytes(argsList[0]))),
    publish(topic, bytes) {
      client.publish(topic, [text.of(bytes)], { acknowledge: false })?.catch?.(() => undefined);
    },
    serve: (name, handler) =>
      client.register(name, ({ argsList }) => ({
        argsList: [text.of(handler(text.toBytes(argsList[0])))],
      })),
    call: async (name, bytes) =>
      text.toBytes((await client.call(name, [text.of(bytes)])).argsList[0]),
    ready: () => pause(300),
    close: () => client.disconnect(),
  };
}
