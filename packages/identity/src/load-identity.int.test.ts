import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { withDirectory } from '../test/temporary-directory.ts';
import { loadIdentity } from './index.ts';

const here = dirname(fileURLToPath(import.meta.url));
const script = join(here, '../test/print-node-id.ts');
const loader = pathToFileURL(join(here, '../../../tools/typescript-loader.mjs')).href;

/** Runs a process that loads the identity in `dir` and gives the NodeId it printed. */
function nodeIdInProcess(dir: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = ['--conditions=@macula/source', '--import', loader];
    const child = spawn(process.execPath, [...options, script, dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(output.trim()) : reject(new Error(`exited with ${String(code)}`)),
    );
  });
}

describe('processes that start in one empty directory at once', () => {
  it('end with the same identity', () =>
    withDirectory(async (dir) => {
      const nodeIds = await Promise.all([1, 2, 3].map(() => nodeIdInProcess(dir)));
      const { nodeId } = await loadIdentity({ dir });
      expect(nodeIds).toEqual([nodeId.key, nodeId.key, nodeId.key]);
      expect(await readdir(dir)).toHaveLength(2);
    }));
});
