// A node with the façade, in a process of its own: node macula-router.mjs <realm> [host:port of another node]
import { noMetrics, silentLogger, systemClock, systemRandom } from '@macula/core';
import { createNode } from '@macula/node';
import { createWampRouter, startWampServer } from '@macula/wamp';

const [realm, ...bootstrap] = process.argv.slice(2);
const node = await createNode({ realm, host: '127.0.0.1', bootstrap, environment: {} });
const services = {
  clock: systemClock,
  random: systemRandom,
  logger: silentLogger,
  metrics: noMetrics,
};
const router = createWampRouter({ mesh: node, ...services });
const server = await startWampServer(router, { ...services, port: 0 });
process.send({
  url: `ws://127.0.0.1:${server.port}/ws`,
  address: `127.0.0.1:${node.addresses[0].port}`,
});
process.on('message', () => process.send({ cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit(0));
