// What a bridge itself can do: between a bare router, which makes and swallows events, and a node.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createNode } from '@macula/node';
import { pause, percentiles } from '../mesh/sample.mjs';
import { startBridge } from './bridge-process.mjs';
import { turn, until } from './until.mjs';

const realm = 'be.macula.bench';
const topics = { up: 'be.bench.up', down: 'be.bench.down' };
const padding = 'x'.repeat(96);
/** Events under way at one time, between their maker and the farther side. */
const window = 4_000;

/** Events a second and microseconds of the bridge's CPU for each, both ways; one-way latencies in milliseconds at 1,000 events a second. */
export async function benchBare({ count, paced, serializer, profile, checkout }) {
  const router = fork(fileURLToPath(new URL('bare-router.mjs', import.meta.url)), [topics.down], {
    execArgv: [],
  });
  const [port] = await once(router, 'message');
  const node = await createNode({ realm, host: '127.0.0.1', environment: {} });
  const [{ host, port: meshPort }] = node.addresses;
  const bridge = await startBridge(
    checkout,
    {
      router: { url: `ws://127.0.0.1:${port}/ws`, realm: 'bench', dialect: 'static', serializer },
      mesh: { realm, bootstrap: [`${host}:${meshPort}`], host: '127.0.0.1' },
      http: { port: 0 },
      events: [
        { router: topics.up, direction: 'to-mesh' },
        { router: topics.down, direction: 'to-router' },
      ],
    },
    profile,
  );
  try {
    let heard = 0;
    let swallowed = 0;
    const times = { up: [], down: [] };
    router.on('message', (message) => {
      swallowed = message.swallowed ?? swallowed;
      times.down.push(...(message.times ?? []));
    });
    await node.subscribe(topics.up, ({ args }) => {
      heard++;
      if (typeof args[1] === 'string' && args[1].startsWith('@')) {
        times.up.push(Number(process.hrtime.bigint() - BigInt(args[1].slice(1))) / 1e6);
      }
      if (heard % 500 === 0) router.send({ heard });
    });
    const made = async (events, args, everyMs) => {
      const goal = heard + events;
      router.send({ heard });
      router.send({ topic: topics.up, events, args, everyMs });
      await until(() => heard >= goal, 'the last event to the mesh');
    };
    const published = async (events) => {
      const start = swallowed;
      for (let sent = 0; sent < events;) {
        for (let i = 0; i < 100 && sent - (swallowed - start) < window && sent < events; i++) {
          await node.publish(topics.down, [sent++, padding]);
        }
        await turn();
      }
      await until(() => swallowed - start >= events, 'the last event to the router');
    };
    const measured = async (work) => {
      await work(Math.ceil(count / 4));
      const before = await bridge.cpu();
      const began = performance.now();
      await work(count);
      const seconds = (performance.now() - began) / 1_000;
      return {
        rate: count / seconds,
        cpuMicros: (((await bridge.cpu()) - before) / count) * 1e6,
      };
    };
    while (swallowed === 0) {
      await node.publish(topics.down, ['first', padding]);
      await pause(50);
    }
    await pause(500);
    const toMesh = await measured((events) => made(events, [padding]));
    const toRouter = await measured(published);
    await made(paced, ['@'], 1);
    for (let i = 0; i < paced; i++) {
      await node.publish(topics.down, ['paced', `@${process.hrtime.bigint()}`]);
      await pause(1);
    }
    await until(() => times.down.length >= paced, 'the last paced event');
    return {
      toMesh: { ...toMesh, ...percentiles(times.up) },
      toRouter: { ...toRouter, ...percentiles(times.down) },
    };
  } finally {
    await bridge.stop();
    await node.stop();
    router.kill();
  }
}
