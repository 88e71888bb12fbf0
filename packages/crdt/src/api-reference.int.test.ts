import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

test('the API reference in docs is what the sources say', () => {
  const tool = fileURLToPath(new URL('../tools/api-reference.mjs', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [tool, '--check'], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
}, 60_000);
