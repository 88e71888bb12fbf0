// Macula through its public API, with all defaults: encrypted QUIC, topic matching, codec and backpressure on.
import { createNode } from '@macula/node';
import { pause } from '../sample.mjs';

const realm = 'bench.realm';
const here = { realm, host: '127.0.0.1', environment: {} };

export async function create({ role }) {
  // Publisher and callee are there first; the others join them.
  let node = role === 'publisher' || role === 'callee' ? await createNode(here) : undefined;
  return {
    address: node === undefined ? null : `127.0.0.1:${node.addresses[0].port}`,
    async connect(addresses) {
      node ??= await createNode({ ...here, bootstrap: addresses });
    },
    subscribe: (topic, listener) => node.subscribe(topic, (event) => listener(event.payload)),
    publish: (topic, bytes) => node.publish(topic, bytes),
    serve: (name, handler) => node.register(name, (args) => handler(args[0])),
    call: (name, bytes) => node.call(name, bytes),
    async ready({ subscribers }) {
      for (
        let i = 0;
        i < 100 && subscribers !== undefined && node.members().length < subscribers;
        i++
      )
        await pause(50);
      await pause(300);
    },
    close: () => node?.stop(),
  };
}
