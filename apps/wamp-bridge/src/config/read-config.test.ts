import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ConfigError } from './config-error.ts';
import { configSchema } from './config-schema.ts';
import { parseConfig, readConfig } from './read-config.ts';
import { readSecret } from './read-secret.ts';

const addresses = `
router: { url: 'ws://127.0.0.1:9000/ws' }
mesh: { realm: be.example }
`;

function problemsOf(text: string, environment: Record<string, string> = {}): string[] {
  try {
    parseConfig(text, environment, 'bridge.yaml');
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('a configuration', () => {
  test('may be as short as two lines, and takes the rest from defaults', () => {
    expect(parseConfig(addresses, {})).toMatchObject({
      router: {
        realm: 'be.example',
        dialect: 'full',
        serializer: 'json',
        auth: { method: 'anonymous' },
      },
      mesh: { bootstrap: [], port: 0 },
      group: 'bridge',
      buffer: { events: 10_000, overflow: 'drop-oldest', maxAgeMs: 60_000 },
      http: { host: '127.0.0.1', port: 9_434 },
    });
  });

  test('cannot fill the memory with aliases, or lead nowhere', () => {
    const nested = [
      'a: &a [x, x]',
      ...'bcdefgh'.split('').map((key, i) => {
        const before = 'abcdefg'[i];
        return `${key}: &${key} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`;
      }),
    ].join('\n');
    expect(problemsOf(`${addresses}${nested}`).join()).toMatch(/alias/i);
    expect(problemsOf(`${addresses}a: *nowhere`).join()).toMatch(/alias/i);
  });

  test('takes what it leaves out from the environment, and wins over it', () => {
    const environment = {
      BONDY_URL: 'ws://bondy:18080/ws',
      MACULA_REALM: 'be.cortexiq.energy',
      MACULA_BOOTSTRAP_NODES: 'a:4433, b:4433,',
    };
    expect(parseConfig('events: [{ router: be.cortexiq.** }]', environment)).toMatchObject({
      router: { url: 'ws://bondy:18080/ws', realm: 'be.cortexiq.energy' },
      mesh: { realm: 'be.cortexiq.energy', bootstrap: ['a:4433', 'b:4433'] },
    });
    expect(parseConfig(addresses, environment).router.url).toBe('ws://127.0.0.1:9000/ws');
  });

  test.each([
    ['router: {', [/^bridge\.yaml:1:\d+: /]],
    ['', [/router\.url: .*BONDY_URL/, /router\.realm: /, /mesh\.realm: .*MACULA_REALM/]],
    [
      `${addresses}events: [{ router: '**' }]`,
      [/:4:20: events\[0\]\.router: .*begins with a wildcard.*got "\*\*"/],
    ],
    [`${addresses}events: [{ router: 'a.b..c.' }]`, [/events\[0\]\.router: /]],
    [`${addresses}events: [{ router: wamp.session.on_join }]`, [/the router's own/]],
    [`${addresses}events: [{ router: a.*, mesh: b.** }]`, [/events\[0\]\.mesh: .*same wildcards/]],
    [`${addresses}events: [{ router: a.b, qos: 2 }]`, [/events\[0\]\.qos: .*got 2/]],
    [
      `${addresses}procedures: [{ router: a.b, direction: up }]`,
      [/procedures\[0\]\.direction: .*got "up"/],
    ],
    [
      'router: { url: ws://a, retry: { baseMs: 9, maxMs: 8 } }\nmesh: { realm: a.b, bootstrap: [a:4433, "a:b:c"] }',
      [/:1:\d+: router\.retry\.maxMs: .*less than baseMs/, /:2:\d+: mesh\.bootstrap\[1\]: .*a:b:c/],
    ],
    [`${addresses}nonsense: 1`, [/nonsense/]],
    [`${addresses}group: Has Spaces`, [/group: must be 1 to 40/]],
  ] as const)('says where it is wrong, and how: %j', (text, expected) => {
    const problems = problemsOf(text);
    for (const pattern of expected) expect(problems).toContainEqual(expect.stringMatching(pattern));
    expect(problems).toHaveLength(expected.length);
  });

  test('that cannot be read is one problem', async () => {
    await expect(readConfig('/nowhere/bridge.yaml', {})).rejects.toThrow(
      /^\/nowhere\/bridge\.yaml: it cannot be read/,
    );
  });

  test('has a JSON Schema, and the one that is published is current', async () => {
    const published = await readFile(new URL('../../bridge.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(configSchema())));
  });
});

describe('a secret', () => {
  test('comes from a variable or a file, and is never shown', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'macula-bridge-'));
    try {
      const file = join(folder, 'secret');
      await writeFile(file, 'from a file\n');
      expect(await readSecret({ file }, {})).toBe('from a file');
      expect(await readSecret({ env: 'TICKET' }, { TICKET: 'from a variable' })).toBe(
        'from a variable',
      );
      await expect(readSecret({ env: 'TICKET' }, {})).rejects.toThrow(/TICKET is not set/);
      await writeFile(file, '\n');
      await expect(readSecret({ file }, {})).rejects.toThrow(/is empty/);
      await expect(readSecret({ file: join(folder, 'none') }, {})).rejects.toThrow(
        /cannot be read/,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
