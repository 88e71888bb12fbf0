// NATS: Debian's nats-server (or NATS_SERVER) and its own client.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitForPort } from '../wait-for-port.mjs';
import { pause } from '../sample.mjs';

const port = 14_222;
const program = process.env.NATS_SERVER ?? 'nats-server';

export function available() {
  try {
    return execFileSync(program, ['--version']).toString().trim();
  } catch {
    return undefined;
  }
}

export async function infrastructure({ tls = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-nats-'));
  const args = ['-a', '127.0.0.1', '-p', String(port)];
  if (tls) {
    const key = join(folder, 'key.pem');
    const certificate = join(folder, 'certificate.pem');
    const request = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
    ];
    const names = [
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost,IP:127.0.0.1',
    ];
    execFileSync('openssl', [...request, ...names, '-keyout', key, '-out', certificate], {
      stdio: 'ignore',
    });
    args.push('--tls', '--tlscert', certificate, '--tlskey', key);
  }
  const server = spawn(program, args, { stdio: 'ignore' });
  await waitForPort(port);
  return {
    context: {
      url: `${tls ? 'tls' : 'nats'}://127.0.0.1:${port}`,
      caFile: tls ? join(folder, 'certificate.pem') : undefined,
    },
    async stop() {
      const over = new Promise((resolve) => server.once('exit', resolve));
      server.kill();
      await over;
      rmSync(folder, { recursive: true });
    },
  };
}

export async function create({ url, caFile }) {
  const { connect } = await import('@nats-io/transport-node');
  const connection = await connect({
    servers: url,
    ...(caFile === undefined ? {} : { tls: { caFile } }),
  });
  return {
    subscribe(topic, listener) {
      connection.subscribe(topic, { callback: (_error, message) => listener(message.data) });
      return connection.flush();
    },
    publish(topic, bytes) {
      connection.publish(topic, bytes);
    },
    flush: () => connection.flush(),
    serve(name, handler) {
      connection.subscribe(name, {
        callback: (_error, message) => message.respond(handler(message.data)),
      });
      return connection.flush();
    },
    call: async (name, bytes) => (await connection.request(name, bytes, { timeout: 30_000 })).data,
    ready: () => pause(200),
    close: () => connection.close(),
  };
}
