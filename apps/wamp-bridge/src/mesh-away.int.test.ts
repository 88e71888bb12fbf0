import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@macula/testkit';
import type { Wampy } from 'wampy';
import { BridgeFixture, configOf, meshRealm } from '../test/bridge-fixture.ts';
import { fromSource } from '../test/bridge-process.ts';
import { FoxRouter } from '../test/fox-router.ts';
import { leave, wampClient } from '../test/wamp-client.ts';
import type { Bridge } from './bridge.ts';

const topic = 'be.cortexiq.measured';
const rules = `
events:
  - { router: be.cortexiq.measured, direction: to-mesh }
`;
const listener = fileURLToPath(new URL('../test/listening-node.ts', import.meta.url));

const fixture = new BridgeFixture();
let router: FoxRouter;
let wamp: Wampy;
let bridge: Bridge;
let heard: number[];
let child: ChildProcess | undefined;
let address: string;

/** The whole mesh, besides the bridge: one node that listens. */
async function meshComes(port: string): Promise<void> {
  child = spawn(process.execPath, [...fromSource, listener, meshRealm, port, topic], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  [address] = (await once(lines, 'line')) as [string];
  lines.on('line', (line) => heard.push(Number(line)));
}

async function meshGoes(): Promise<void> {
  child?.kill('SIGKILL');
  await eventually(() => bridge.health().status === 'buffering', { limitMs: 30_000 });
}

const meshComesBack = (): Promise<void> => meshComes(address.split(':').at(-1) as string);

beforeEach(async () => {
  heard = [];
  router = await FoxRouter.start();
  wamp = await wampClient(router.url, router.realm);
  await meshComes('0');
  const { url, realm } = router;
  bridge = await fixture.bridge(
    { url, realm, dialect: 'static' },
    `  bootstrap: ['${address}']\n${rules}`,
  );
  await eventually(() => bridge.health().toMesh.topics.length === 1);
}, 300_000);

afterEach(async () => {
  await leave(wamp);
  await fixture.stop();
  child?.kill('SIGKILL');
  await router.kill();
});

async function publish(from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) await wamp.publish(topic, [i]);
}

test('events wait while the mesh is away, and arrive in order when it is back', async () => {
  await publish(0, 10);
  await eventually(() => heard.length >= 10);
  await meshGoes();
  await publish(10, 110);
  await eventually(() => bridge.health().toMesh.waiting === 100);
  expect(bridge.health().toMesh.topics).toEqual([topic]);
  await meshComesBack();
  await eventually(() => heard.length >= 110, { limitMs: 60_000 });
  await publish(110, 120);
  await eventually(() => heard.length >= 120);
  expect(heard).toEqual(Array.from({ length: 120 }, (_, i) => i));
  expect(bridge.health()).toMatchObject({ status: 'connected', toMesh: { dropped: 0 } });
}, 150_000);

test('no more wait than may: the oldest give way, and all are counted', async () => {
  const { url, realm } = router;
  await bridge.reconfigure(
    configOf({ url, realm, dialect: 'static' }, `${rules}buffer: { events: 20 }\n`),
  );
  await meshGoes();
  await publish(0, 100);
  await eventually(() => bridge.health().toMesh.dropped === 80);
  expect(bridge.health().toMesh.waiting).toBe(20);
  await meshComesBack();
  await eventually(() => heard.length >= 20, { limitMs: 60_000 });
  expect(heard).toEqual(Array.from({ length: 20 }, (_, i) => 80 + i));
}, 150_000);
