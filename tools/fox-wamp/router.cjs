// A WAMP router in a process of its own: node router.cjs PORT REALM. Sends its port to its parent when it is up, and ends with it.
const Router = require('fox-wamp');

const [port, realm = 'realm1'] = process.argv.slice(2);
const router = new Router();
router.setLogTrace?.(false);
router.getRealm(realm, () => {
  const server = router.listenWAMP({ host: '127.0.0.1', port: Number(port) });
  server.on('error', (error) => {
    process.stderr.write(`fox-wamp: ${error.message}\n`);
    process.exit(1);
  });
  server.on('listening', () => process.send?.(server.address().port));
});
process.on('disconnect', () => process.exit(0));
