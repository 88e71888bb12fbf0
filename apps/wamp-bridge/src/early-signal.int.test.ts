import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { fromSource } from '../test/bridge-process.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

test('SIGHUP to a bridge that is still joining makes it read its file again when it is up', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'macula-wamp-bridge-'));
  const file = join(folder, 'bridge.yaml');
  const config = {
    router: { url: 'ws://127.0.0.1:1/ws', realm: 'realm1' },
    mesh: { realm: 'be.example', host: '127.0.0.1', bootstrap: ['127.0.0.1:1'] },
    http: { port: 0 },
  };
  await writeFile(file, JSON.stringify(config));
  const child = spawn(process.execPath, [...fromSource, main, '--config', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    const { msg } = JSON.parse(line) as { msg: string };
    said.push(msg);
    if (msg === 'node started') child.kill('SIGHUP');
    if (msg === 'the configuration was read again') child.kill('SIGTERM');
  }
  expect(await ended).toEqual([0, null]);
  expect(said).toContain('the configuration was read again');
  await rm(folder, { recursive: true });
}, 30_000);
