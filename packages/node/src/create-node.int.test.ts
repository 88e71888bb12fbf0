import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
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
    const root = fileURLToPath(new URL('../../../', import.meta.url));
    const child = spawn(
      process.execPath,
      [
        '--conditions=@macula/source',
        '--import',
        join(root, 'tools/typescript-loader.mjs'),
        fileURLToPath(new URL('../test/lonely-process.ts', import.meta.url)),
      ],
      {
        cwd: root,
        stdio: ['ignore', 'pipe', 'inherit'],
        env: {
          PATH: process.env['PATH'],
          MACULA_REALM: 'be.cortexiq.energy',
          MACULA_BOOTSTRAP_NODES: ` ${addressesOf(parent).join(' , ')} `,
        },
      },
    );
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    try {
      await eventually(() => output.includes('\n'));
      const { id, answer } = JSON.parse(output) as { id: string; answer: string };
      expect(answer).toBe('hello child');
      expect(await parent.call('test.child.pid')).toBe(child.pid);
      const left = new Promise<string>((resolve) => {
        parent.onMembership(({ type, member }) => {
          if (type === 'left') resolve(member.id.key);
        });
      });
      await eventually(() => parent.health().directory.peers >= 2);
      await parent.publish('test.parent.done', undefined, { qos: 1 });
      expect(await left).toBe(id);
      expect(await ended).toBe(0);
      expect(output).toContain('stopped');
    } finally {
      child.kill('SIGKILL');
    }
  }, 30_000);
});
