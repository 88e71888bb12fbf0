// fox-wamp in a process of its own: node fox-wamp-router.cjs <realm> <port>
const { createRequire } = require('node:module');
const { join } = require('node:path');

const Router = createRequire(join(__dirname, '../mesh/'))('fox-wamp');

const [realm, port] = process.argv.slice(2);
const router = new Router();
router.setLogTrace?.(false);
router.getRealm(realm, () => {
  router.listenWAMP({ port: Number(port) });
  process.send({ url: `ws://127.0.0.1:${port}/wamp` });
});
process.on('message', () => process.send({ cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit(0));
