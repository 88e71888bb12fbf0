import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from '@macula/core';
import { joinShards } from './join-shards.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

function chatter(...args: string[]): unknown {
  const loader = ['--conditions=@macula/source', '--import', './tools/typescript-loader.mjs'];
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...loader, 'packages/testkit/test/chatter-program.ts', ...args],
    { cwd: root, encoding: 'utf8', timeout: 100_000 },
  );
  expect([stderr, status]).toEqual(['', 0]);
  return JSON.parse(stdout);
}

describe('a program in several threads', () => {
  it('gives what it gives in one, bit for bit, and again', () => {
    const alone = chatter('1');
    expect(alone).toHaveLength(15);
    expect(chatter('2')).toEqual(alone);
    expect(chatter('3')).toEqual(alone);
    expect(chatter('2')).toEqual(alone);
  }, 300_000);

  it('does not wait for a thread that has left', () => {
    expect(chatter('2', 'leave')).toEqual(['NotRunningError', 'shard 1 has left the simulation']);
  }, 100_000);

  it('needs a number of threads', () => {
    const options = { program: import.meta.url, lookaheadMs: 1 };
    for (const shards of [0, 1.5, 65]) {
      expect(() => joinShards({ ...options, shards })).toThrow(InvalidArgumentError);
    }
  });
});
