import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createNode, type MaculaNode } from '@macula/node';
import { Wampy } from 'wampy';
import { WebSocket } from 'ws';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const list = join(root, 'docs/metrics.md');
const realm = 'be.macula.seed-test';

interface Announcement {
  readonly id: string;
  readonly addresses: readonly string[];
  readonly http: string;
  readonly wamp?: string;
}

let dataDir: string;
const children: ChildProcess[] = [];
const nodes: MaculaNode[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'macula-seed-'));
});

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(dataDir, { recursive: true });
});

function start(...args: string[]): ChildProcess {
  const child = spawn(
    process.execPath,
    [
      '--conditions=@macula/source',
      '--import',
      join(root, 'tools/typescript-loader.mjs'),
      main,
      ...['--realm', realm, '--host', '127.0.0.1', '--port', '0', '--http-port', '0'],
      ...['--data-dir', dataDir, '--drain-ms', '50', '--json', ...args],
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } },
  );
  children.push(child);
  return child;
}

async function announcement(child: ChildProcess): Promise<Announcement> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const [line] = (await once(lines, 'line')) as [string];
  return JSON.parse(line) as Announcement;
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

describe('a seed process', () => {
  test('announces itself, is joined, can be watched, and drains on SIGTERM', async () => {
    const child = start();
    const seed = await announcement(child);
    expect(seed.id).toMatch(/^[0-9a-f]{64}$/);
    const node = await createNode({
      realm,
      host: '127.0.0.1',
      bootstrap: [...seed.addresses],
      environment: {},
    });
    nodes.push(node);
    expect(node.members().map(({ id }) => id.key)).toEqual([seed.id]);

    const health = await fetch(`${seed.http}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({
      status: 'joined',
      id: seed.id,
      realm,
      members: { alive: 1, suspect: 0, probed: 1 },
      localHealth: 0,
      directory: {
        ...{ self: 0, local: true, contacts: 1, buckets: 1 },
        ...{ watchedKeys: 0, leases: 0 },
      },
    });
    const metrics = await (await fetch(`${seed.http}/metrics`)).text();
    expect(metrics).toMatch(/^# TYPE macula_\w+ /m);
    expect(metrics).toMatch(/^process_cpu_seconds_total /m);
    const exposed = [...metrics.matchAll(/^# TYPE (macula_\S+) (\S+)/gm)].map(
      ([, name, type]) => `${name} ${type}`,
    );
    const listed = [...(await readFile(list, 'utf8')).matchAll(/^\| `(\S+)`.*?\| (\w+)/gm)].map(
      ([, name, type]) => `${name} ${type}`,
    );
    expect(exposed.sort()).toEqual(listed.sort());
    for (const layer of ['transport', 'quic', 'pubsub', 'rpc', 'swim', 'dht']) {
      expect(exposed.join('\n')).toMatch(new RegExp(`^macula_${layer}_`, 'm'));
    }
    expect((await fetch(`${seed.http}/other`)).status).toBe(404);

    const left = new Promise((resolve) =>
      node.onMembership(({ type }) => {
        if (type === 'left') resolve(type);
      }),
    );
    child.kill('SIGTERM');
    expect(await left).toBe('left');
    expect(await ended(child)).toBe(0);
  }, 30_000);

  test('serves WAMP clients where it is told to', async () => {
    const child = start('--wamp', '0', '--wamp-realms', 'realm1');
    const { wamp } = await announcement(child);
    const client = new Wampy(wamp as string, { realm: 'realm1', ws: WebSocket as never });
    await client.connect();
    expect((await client.call('wamp.session.count')).argsList).toEqual([1]);
    const closed = new Promise<void>((resolve) => client.setOptions({ onClose: resolve }));
    child.kill('SIGTERM');
    await closed;
    expect(await ended(child)).toBe(0);
  }, 30_000);

  test('is the same node after a restart, even one by kill -9', async () => {
    const first = start();
    const before = await announcement(first);
    first.kill('SIGKILL');
    await ended(first);
    const after = await announcement(start());
    expect(after.id).toBe(before.id);
    const modes = await stat(dataDir);
    expect(modes.mode & 0o077).toBe(0);
  }, 30_000);

  test('says in one line what is wrong, and fails', async () => {
    const child = start('--secret', 'short');
    let said = '';
    child.stderr?.on('data', (bytes: Buffer) => (said += bytes.toString()));
    expect(await ended(child)).toBe(1);
    expect(said).toMatch(/^macula-seed: .*secret.*$/m);
    expect(said).not.toMatch(/^ {4}at /m);
  }, 30_000);
});
