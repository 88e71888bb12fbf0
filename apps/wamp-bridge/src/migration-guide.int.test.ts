import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { formatAddress } from '@macula/core';
import { createNode, type MaculaNode } from '@macula/node';
import { eventually } from '@macula/testkit';
import { repositoryRoot } from '../test/fox-router.ts';
import { MeshRouter } from '../test/mesh-router.ts';
import { until } from '../test/until.ts';
import { wampClient } from '../test/wamp-client.ts';

const realm = 'be.cortexiq.energy';
const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const fromSource = [
  '--conditions=@macula/source',
  '--import',
  join(repositoryRoot, 'tools/typescript-loader.mjs'),
];

let folder: string;
let router: MeshRouter;
let seed: MaculaNode;
const children: ChildProcess[] = [];

beforeEach(async () => {
  // Below the repository, so that what the guide imports is found.
  const cache = join(repositoryRoot, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(join(cache, 'macula-guide-'));
  router = await MeshRouter.start(realm);
  seed = await createNode({ realm, host: '127.0.0.1', environment: {} });
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await router.stop();
  await seed.stop();
  await rm(folder, { recursive: true });
});

/** Starts a program of the guide; `lines` is what it has said. */
function start(...args: string[]): { child: ChildProcess; lines: string[] } {
  const child = spawn(process.execPath, [...fromSource, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      BONDY_URL: router.url,
      MACULA_REALM: realm,
      MACULA_BOOTSTRAP_NODES: seed.addresses.map(formatAddress).join(','),
    },
  });
  children.push(child);
  const lines: string[] = [];
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) =>
    lines.push(line),
  );
  return { child, lines };
}

async function stop({ child }: { child: ChildProcess }): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('the migration guide works, step by step and back', async () => {
  const guide = await readFile(join(repositoryRoot, 'docs/migrating-from-wamp.md'), 'utf8');
  for (const [, file, text] of guide.matchAll(/^```\w+ file=(\S+)\n([\s\S]*?)^```$/gm)) {
    await writeFile(join(folder, file as string), text as string);
  }
  const up = (running: { lines: string[] }): Promise<void> =>
    eventually(() => running.lines.includes('up'), { limitMs: 30_000 });

  // 2 and 3: what crosses, and the bridge.
  const check = start(main, '--config', 'bridge.yaml', '--check');
  await once(check.child, 'exit');
  expect(`${check.lines.slice(2).join('\n')}\n`).toContain(
    await readFile(join(folder, 'check.txt'), 'utf8'),
  );
  const bridge = start(main, '--config', 'bridge.yaml', '--json', '--log-level', 'error');
  await eventually(() => bridge.lines.length > 0, { limitMs: 30_000 });
  const { http } = JSON.parse(bridge.lines[0] as string) as { http: string };
  const health = async (): Promise<{ status: string; toMesh: { topics: string[] } }> =>
    (await (await fetch(`${http}/health`)).json()) as never;
  await until(async () => (await health()).status === 'connected');
  expect((await health()).toMesh.topics).toEqual([]);
  expect(await (await fetch(`${http}/metrics`)).text()).toMatch(
    /^macula_wamp_bridge_router_connected 1$/m,
  );

  // 4 and 5: homes at the router, the dashboard in the mesh.
  const homeOnRouter = start('home-on-router.mjs');
  await up(homeOnRouter);
  const dashboard = start('dashboard.mjs');
  await up(dashboard);
  const shows = async (line: string): Promise<void> => {
    dashboard.lines.length = 0;
    await eventually(() => dashboard.lines.includes(line), { limitMs: 20_000 });
  };
  await shows('measured home_001 3500');
  await shows('status on the router');

  // 6: the home moves, new before old, and back.
  const homeInMesh = start('home-in-mesh.mjs');
  await up(homeInMesh);
  await stop(homeOnRouter);
  await shows('status in the mesh');
  await shows('measured home_001 3500');
  const again = start('home-on-router.mjs');
  await up(again);
  await stop(homeInMesh);
  await shows('status on the router');
  await shows('measured home_001 3500');

  // 7: other rules.
  await writeFile(join(folder, 'bridge.yaml'), await readFile(join(folder, 'renamed.yaml')));
  bridge.child.kill('SIGHUP');
  const heard: unknown[] = [];
  await seed.subscribe('be.cortexiq.meter.read', ({ args }) => heard.push(args));
  await until(async () => (await health()).toMesh.topics.includes('com.legacy.meter.read'));
  const legacy = await wampClient(router.url, realm);
  await until(async () => {
    await legacy.publish('com.legacy.meter.read', [7]);
    return heard.length > 0;
  });
  expect(heard[0]).toEqual([7]);
  await legacy.disconnect();

  // 8: off.
  bridge.child.kill('SIGTERM');
  const [code] = (await once(bridge.child, 'exit')) as [number | null];
  expect(code).toBe(0);
}, 180_000);
