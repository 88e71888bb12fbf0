// A node of the mesh in a process of its own, to be killed: says its address, then every number that it hears on a topic.
import { formatAddress } from '@macula/core';
import { createNode } from '@macula/node';

const [realm = '', port = '0', topic = ''] = process.argv.slice(2);
const node = await createNode({ realm, host: '127.0.0.1', port: Number(port), environment: {} });
await node.subscribe(topic, ({ args }) => {
  process.stdout.write(`${Number(args[0])}\n`);
});
process.stdout.write(`${node.addresses.map(formatAddress).join()}\n`);
