// The bridge between fox-wamp and a mesh, publisher and subscriber in the process that measures.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createNode } from '@macula/node';
import { ensureFoxWamp } from '../../fox-wamp/ensure-fox-wamp.mjs';
import { pause, percentiles } from '../mesh/sample.mjs';
import { startBridge } from './bridge-process.mjs';
import { turn, until } from './until.mjs';
import { openWampSocket } from './wamp-socket.mjs';

const realm = 'be.macula.bench';
/** Events under way at one time; as many as publishers that wait for nothing would have. */
const window = 2_000;

/** Events a second from `publish` to a counter that `received` reads. */
async function rate(count, publish, received) {
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
async function latency(paced, publish, onEvent) {
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
  return percentiles(times);
}

/** Events a second each way, and the latency that the bridge adds to the router's own. */
export async function benchFox({ count, paced, checkout }) {
  const router = fork(ensureFoxWamp(), ['0'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [port] = await once(router, 'message');
  const url = `ws://127.0.0.1:${port}/wamp`;
  const node = await createNode({ realm, host: '127.0.0.1', environment: {} });
  const [{ host, port: meshPort }] = node.addresses;
  const bridge = await startBridge(checkout, {
    router: { url, realm: 'realm1', dialect: 'static' },
    mesh: { realm, bootstrap: [`${host}:${meshPort}`], host: '127.0.0.1' },
    http: { port: 0 },
    events: [
      { router: 'be.bench.up', direction: 'to-mesh' },
      { router: 'be.bench.down', direction: 'to-router' },
    ],
  });
  try {
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
      await pause(50);
    }
    await pause(500);
    const result = {
      'events/s, router alone': await rate(count, publishDirect, () => direct),
      'events/s, router to mesh': await rate(count, publishUp, () => up),
      'events/s, mesh to router': await rate(count, publishDown, () => down),
    };
    const alone = await latency(paced, publishDirect, (hear) => (onDirect = hear));
    const toMesh = await latency(paced, publishUp, (hear) => (onUp = hear));
    const toRouter = await latency(paced, publishDown, (hear) => (onDown = hear));
    Object.assign(result, {
      'ms p50 / p99, router alone': [alone.p50, alone.p99],
      'ms p50 / p99, router to mesh': [toMesh.p50, toMesh.p99],
      'ms p50 / p99, mesh to router': [toRouter.p50, toRouter.p99],
      'ms added, p50, router to mesh': toMesh.p50 - alone.p50,
      'ms added, p50, mesh to router': toRouter.p50 - alone.p50,
    });
    publisher.close();
    subscriber.close();
    return result;
  } finally {
    await bridge.stop();
    await node.stop();
    router.kill();
  }
}
