// The WAMP router in a process of its own.
const Router = require('fox-wamp');

const router = new Router();
router.setLogTrace?.(false);
router.getRealm('realm1', () => router.listenWAMP({ port: Number(process.argv[2]) }));
process.on('disconnect', () => process.exit(0));
