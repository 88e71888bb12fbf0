import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const sources = new URL('..', import.meta.url);

describe('the library below', () => {
  test('is named in one file, so that its types are in none of ours', () => {
    const files = readdirSync(sources, { recursive: true, encoding: 'utf8' });
    const naming = files
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .filter((file) => /from '@matrixai|import\('@matrixai/.test(read(file)));
    expect(naming).toEqual(['quic/binding.ts']);
  });

  test('is installed without its fork, whose logger would take the place of its own', () => {
    const lock = readFileSync(new URL('../../../package-lock.json', sources), 'utf8');
    expect(lock).toContain('node_modules/@matrixai/quic"');
    expect(lock).not.toContain('@infisical/quic');
  });
});

function read(file: string): string {
  return readFileSync(new URL(file, sources), 'utf8');
}
