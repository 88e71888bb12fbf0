import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Script } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { quicUnavailable } from './binding.ts';

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

describe('a library that does not load', () => {
  test.each([
    ['code in a VM that has no way to import', importInVm],
    ['import that Jest has made require', requireInstead],
  ])('says what is needed by %s', async (_where, load) => {
    const cause = await load().catch((error: unknown) => error);
    const error = quicUnavailable(cause);
    expect(error.message).toContain('ES modules cannot be imported');
    expect(error.message).toContain('--experimental-vm-modules');
    expect(error.message).not.toContain(process.platform);
    expect(error.cause).toBe(cause);
  });

  test.each([
    'Failed requiring possible native bindings: @matrixai/quic-linux-x64',
    'Unsupported OS: sunos, architecture: x64',
    'Unsupported architecture on Linux: riscv64',
  ])('names the platform where there is none for it: %s', (message) => {
    const error = quicUnavailable(new Error(message));
    expect(error.message).toContain(
      `no QUIC binding is installed for ${process.platform}-${process.arch}`,
    );
    expect(error.code).toBe('macula.quic.unavailable');
  });

  test('gives any other reason as it is', () => {
    const message = "/lib/libc.so.6: version `GLIBC_2.38' not found";
    expect(quicUnavailable(new Error(message)).message).toContain(message);
    expect(quicUnavailable('just so').message).toContain('just so');
  });
});

function importInVm(): Promise<unknown> {
  return new Script("import('node:fs')").runInThisContext() as Promise<unknown>;
}

async function requireInstead(): Promise<unknown> {
  return createRequire(import.meta.url)('@matrixai/quic/native/quiche.js') as unknown;
}

function read(file: string): string {
  return readFileSync(new URL(file, sources), 'utf8');
}
