// A WAMP router in a process of its own: node router.cjs PORT REALM. Prints `listening` when it is up; ends with its parent.
const Router = require('fox-wamp');

const [port, realm = 'realm1'] = process.argv.slice(2);
const router = new Router();
router.setLogTrace?.(false);
router.getRealm(realm, () => {
  const server = router.listenWAMP({ host: '127.0.0.1', port: Number(port) });
  server?.on?.('error', (error) => {
    process.stderr.write(`fox-wamp: ${error.message}\n`);
    process.exit(1);
  });
  process.send?.('listening');
});
process.on('disconnect', () => process.exit(0));
