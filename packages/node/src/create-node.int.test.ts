import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { formatAddress, systemClock } from '@macula/core';
import { createNode } from './create-node.ts';
import type { MaculaNode } from './macula-node.ts';
import type { NodeOptions } from './node-options.ts';

const base: NodeOptions = { realm: 'be.cortexiq.energy', host: '127.0.0.1', environment: {} };
const started: MaculaNode[] = [];

async function start(options: NodeOptions = {}): Promise<MaculaNode> {
  const node = await createNode({ ...base, ...options });
  started.push(node);
  return node;
}

const addressesOf = (node: MaculaNode): string[] => node.addresses.map(formatAddress);

async function eventually(holds: () => boolean): Promise<void> {
  const end = systemClock.now() + 15_000;
  while (!holds()) {
    if (systemClock.now() > end) throw new Error('not so after 15 s');
    await new Promise<void>((resolve) => systemClock.setTimer(() => resolve(), 20));
  }
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((node) => node.stop()));
});

interface Child {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output: string;
}

/** A process of its own with a node that joins by `seed`. */
function startChild(seed: MaculaNode, variables: Record<string, string> = {}): Child {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const loader = join(root, 'tools/typescript-loader.mjs');
  const script = fileURLToPath(new URL('../test/lonely-process.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--conditions=@macula/source', '--import', loader, script],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        MACULA_REALM: 'be.cortexiq.energy',
        MACULA_BOOTSTRAP_NODES: ` ${addressesOf(seed).join(' , ')} `,
        ...variables,
      },
    },
  );
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const running: Child = { child, ended, output: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (running.output += text));
  return running;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('three real nodes', () => {
  it.each<[string, NodeOptions]>([
    ['QUIC', { transport: { tcp: false } }],
    ['TCP', { transport: { quic: false } }],
    ['both, with a secret', { secret: 'correct horse battery staple' }],
  ])(
    'publish and call over %s',
    async (_, options) => {
      const seed = await start(options);
      const home = await start({ ...options, bootstrap: addressesOf(seed) });
      const heard: unknown[] = [];
      await home.subscribe('be.cortexiq.home.*.measured', ({ kwargs }) => heard.push(kwargs));
      await home.register('be.cortexiq.home.get_status', ([id]) => ({ id }));
      const utility = await start({ ...options, bootstrap: addressesOf(seed) });
      expect(utility.members()).toHaveLength(2);
      expect(await utility.call('be.cortexiq.home.get_status', ['h1'])).toEqual({ id: 'h1' });
      await utility.publish('be.cortexiq.home.h1.measured', { production_w: 3_500 }, { qos: 1 });
      expect(heard).toEqual([{ production_w: 3_500 }]);
    },
    20_000,
  );

  it('see a member go as soon as it stops', async () => {
    const seed = await start();
    const home = await start({ bootstrap: addressesOf(seed) });
    const told: string[] = [];
    seed.onMembership(({ type }) => told.push(type));
    await home.stop();
    await eventually(() => told.includes('left'));
    expect(told).toEqual(['left']);
  }, 20_000);

  it('include the first one, whose only bootstrap address is its own', async () => {
    const port = await freePort();
    const began = systemClock.now();
    const seed = await start({ port, bootstrap: [`127.0.0.1:${port}`] });
    expect(systemClock.now() - began).toBeLessThan(3_000);
    const home = await start({ bootstrap: [`127.0.0.1:${port}`] });
    expect(home.members().map(({ id }) => id.key)).toEqual([seed.id.key]);
  }, 20_000);

  it('notice one that is killed and one that stands still, and take both back', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'macula-node-'));
    // Time enough for a process to start, also on a machine with other work.
    const seed = await start({ membership: { suspicionMult: 30 } });
    await seed.register('test.parent.greet', () => 'hello');
    const told: string[] = [];
    seed.onMembership(({ type }) => told.push(type));
    const first = startChild(seed, { MACULA_DATA_DIR: dataDir });
    try {
      await eventually(() => first.output.includes('\n'));
      first.child.kill('SIGSTOP');
      await eventually(() => told.includes('suspected'));
      first.child.kill('SIGCONT');
      await eventually(() => told.includes('recovered'));
      first.child.kill('SIGKILL');
      await eventually(() => told.at(-1) === 'suspected');
      const second = startChild(seed, { MACULA_DATA_DIR: dataDir });
      try {
        await eventually(() => told.at(-1) !== 'suspected' && second.output.includes('\n'));
        expect(await seed.call('test.child.pid')).toBe(second.child.pid);
      } finally {
        second.child.kill('SIGKILL');
      }
    } finally {
      first.child.kill('SIGKILL');
      await rm(dataDir, { recursive: true });
    }
    expect(told).not.toContain('failed');
  }, 60_000);

  it('of different secrets, or realms, never meet', async () => {
    const seed = await start({ secret: 'correct horse battery staple' });
    const bootstrap = addressesOf(seed);
    const others = await Promise.all([
      start({ bootstrap, joinTimeout: 1_000 }),
      start({ bootstrap, joinTimeout: 1_000, secret: 'wrong horse battery staple' }),
      start({ bootstrap, joinTimeout: 1_000, realm: 'be.other' }),
    ]);
    for (const node of [seed, ...others]) expect(node.members()).toEqual([]);
  }, 20_000);
});

describe('a data directory', () => {
  it('gives a node the same ID after a restart', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'macula-node-'));
    try {
      const first = await start({ dataDir });
      await first.stop();
      const second = await start({ dataDir });
      expect(second.id.key).toBe(first.id.key);
      expect((await start()).id.key).not.toBe(first.id.key);
    } finally {
      await rm(dataDir, { recursive: true });
    }
  }, 20_000);
});

describe('a process with a node', () => {
  it('is configured by its environment, and exits by itself after stop()', async () => {
    const parent = await start();
    await parent.register('test.parent.greet', ([name]) => `hello ${String(name)}`);
    const greeted = startChild(parent);
    try {
      await eventually(() => greeted.output.includes('\n'));
      const { id, answer } = JSON.parse(greeted.output) as { id: string; answer: string };
      expect(answer).toBe('hello child');
      expect(await parent.call('test.child.pid')).toBe(greeted.child.pid);
      const left = new Promise<string>((resolve) => {
        parent.onMembership(({ type, member }) => {
          if (type === 'left') resolve(member.id.key);
        });
      });
      await eventually(() => parent.health().directory.peers >= 2);
      await parent.publish('test.parent.done', undefined, { qos: 1 });
      expect(await left).toBe(id);
      expect(await greeted.ended).toBe(0);
      expect(greeted.output).toContain('stopped');
    } finally {
      greeted.child.kill('SIGKILL');
    }
  }, 30_000);
});
