import { connect } from 'node:net';
import { pause } from './sample.mjs';

/** Resolves once something listens on a local port; throws after five seconds. */
export async function waitForPort(port) {
  for (let attempt = 0; attempt < 50; attempt++) {
    const open = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (open) return;
    await pause(100);
  }
  throw new Error(`nothing listens on port ${port}`);
}
