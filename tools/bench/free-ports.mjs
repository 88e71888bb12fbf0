import { once } from 'node:events';
import { createServer } from 'node:net';

/** `count` different ports that nobody listens on, on the loopback interface. */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  const ports = [];
  for (const server of servers) {
    if (server.address() === null) await once(server, 'listening');
    ports.push(server.address().port);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
