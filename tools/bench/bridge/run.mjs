// The bridge in a process of its own between fox-wamp and a mesh: events a second each way, and the latency that it adds.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createNode } from '@macula/node';
import { ensureFoxWamp } from '../../fox-wamp/ensure-fox-wamp.mjs';
import { openWampSocket } from './wamp-socket.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const realm = 'be.macula.bench';
const { values } = parseArgs({
  strict: false,
  options: { quick: { type: 'boolean' }, json: { type: 'boolean' } },
});
const count = values.quick ? 20_000 : 100_000;
const paced = values.quick ? 500 : 2_000;
/** Events under way at one time; as many as publishers that wait for nothing would have. */
const window = 2_000;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function until(condition, what, limitMs = 120_000) {
  const end = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what} took longer than ${limitMs} ms`);
    await turn();
  }
}

/** Events a second from `publish` to a counter that `received` reads. */
async function rate(publish, received) {
  const start = received();
  const began = performance.now();
  for (let sent = 0; sent < count;) {
    for (let i = 0; i < 100 && sent - (received() - start) < window && sent < count; i++) {
      await publish([sent++, 'x'.repeat(96)]);
    }
    await turn();
  }
  await until(() => received() - start >= count, 'the last event');
  return (count / (performance.now() - began)) * 1_000;
}

/** Milliseconds that events take one by one: the median and the 99th percentile. */
async function latency(publish, onEvent) {
  const times = [];
  let arrived;
  onEvent(() => arrived?.());
  for (let i = 0; i < paced; i++) {
    const began = performance.now();
    const arrival = new Promise((resolve) => (arrived = resolve));
    await publish([i]);
    await arrival;
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(paced / 2)], p99: times[Math.floor(paced * 0.99)] };
}

const folder = mkdtempSync(join(tmpdir(), 'macula-bridge-bench-'));
const port = await freePort();
const router = fork(ensureFoxWamp(), [String(port)], {
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
});
await once(router, 'message');
const url = `ws://127.0.0.1:${port}/wamp`;
const node = await createNode({ realm, host: '127.0.0.1', environment: {} });
const [{ host, port: meshPort }] = node.addresses;
const config = join(folder, 'bridge.yaml');
writeFileSync(
  config,
  JSON.stringify({
    router: { url, realm: 'realm1', dialect: 'static' },
    mesh: { realm, bootstrap: [`${host}:${meshPort}`], host: '127.0.0.1' },
    http: { port: 0 },
    events: [
      { router: 'be.bench.up', direction: 'to-mesh' },
      { router: 'be.bench.down', direction: 'to-router' },
    ],
  }),
);
const bridge = spawn(
  process.execPath,
  [
    ...['--conditions=@macula/source', '--import', join(root, 'tools/typescript-loader.mjs')],
    ...[
      join(root, 'apps/wamp-bridge/src/main.ts'),
      '--config',
      config,
      '--json',
      '--log-level',
      'warn',
    ],
  ],
  { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
);
try {
  await once(createInterface({ input: bridge.stdout }), 'line');
  const publisher = await openWampSocket(url, 'realm1');
  const subscriber = await openWampSocket(url, 'realm1');
  let up = 0;
  let down = 0;
  let direct = 0;
  let onUp;
  let onDown;
  let onDirect;
  await node.subscribe('be.bench.up', () => {
    up++;
    onUp?.();
  });
  await subscriber.subscribe('be.bench.down', () => {
    down++;
    onDown?.();
  });
  await subscriber.subscribe('be.bench.direct', () => {
    direct++;
    onDirect?.();
  });
  const publishUp = (args) => publisher.publish('be.bench.up', args);
  const publishDown = (args) => node.publish('be.bench.down', args);
  const publishDirect = (args) => publisher.publish('be.bench.direct', args);
  while (up === 0 || down === 0) {
    publishUp(['first']);
    await publishDown(['first']);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  const result = {
    'events/s, router alone': await rate(publishDirect, () => direct),
    'events/s, router to mesh': await rate(publishUp, () => up),
    'events/s, mesh to router': await rate(publishDown, () => down),
  };
  const alone = await latency(publishDirect, (hear) => (onDirect = hear));
  const toMesh = await latency(publishUp, (hear) => (onUp = hear));
  const toRouter = await latency(publishDown, (hear) => (onDown = hear));
  Object.assign(result, {
    'ms p50 / p99, router alone': [alone.p50, alone.p99],
    'ms p50 / p99, router to mesh': [toMesh.p50, toMesh.p99],
    'ms p50 / p99, mesh to router': [toRouter.p50, toRouter.p99],
    'ms added, p50, router to mesh': toMesh.p50 - alone.p50,
    'ms added, p50, mesh to router': toRouter.p50 - alone.p50,
  });
  if (values.json) console.log(JSON.stringify(result));
  else {
    for (const [name, value] of Object.entries(result)) {
      const text = Array.isArray(value)
        ? value.map((one) => one.toFixed(2)).join(' / ')
        : value > 100
          ? Math.round(value).toLocaleString('en')
          : value.toFixed(2);
      console.log(`${name.padEnd(34)} ${text.padStart(14)}`);
    }
  }
  publisher.close();
  subscriber.close();
} finally {
  bridge.kill();
  await once(bridge, 'exit');
  await node.stop();
  router.kill();
  rmSync(folder, { recursive: true });
}
