import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseSeedOptions } from './seed-options.ts';

function refused(args: string[], environment: Record<string, string> = {}): string {
  try {
    parseSeedOptions(args, environment, (code, message) => {
      throw new Error(`${code}: ${message}`);
    });
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
}

describe('the options of a seed', () => {
  test('have defaults that a well-known node needs', () => {
    expect(parseSeedOptions(['--realm', 'be.example'], {})).toMatchObject({
      realm: 'be.example',
      host: '::',
      port: 4433,
      dataDir: join(homedir(), '.macula', 'seed'),
      bootstrap: [],
      httpHost: '127.0.0.1',
      httpPort: 9433,
      json: false,
    });
  });

  test('come from the environment, too, and the command line wins', () => {
    const environment = {
      MACULA_REALM: 'be.example',
      MACULA_QUIC_PORT: '5000',
      MACULA_DATA_DIR: '/var/lib/seed',
      MACULA_BOOTSTRAP_NODES: ' a.example:1 , b.example:2,',
      MACULA_REALM_SECRET: 'sixteen bytes long',
    };
    expect(parseSeedOptions([], environment)).toMatchObject({
      realm: 'be.example',
      port: 5_000,
      dataDir: '/var/lib/seed',
      bootstrap: ['a.example:1', 'b.example:2'],
      secret: 'sixteen bytes long',
    });
    expect(parseSeedOptions(['--port', '6000', '--realm', 'be.other'], environment)).toMatchObject({
      port: 6_000,
      realm: 'be.other',
    });
  });

  test('leave the process environment as it was', () => {
    const before = { ...process.env };
    parseSeedOptions(['--realm', 'be.example'], { MACULA_QUIC_PORT: '1' });
    expect({ ...process.env }).toEqual(before);
  });

  test.each([
    [[], /--realm/],
    [['--realm', 'r', '--port', '65536'], /at most 65535/],
    [['--realm', 'r', '--port', '1.5'], /whole number/],
    [['--realm', 'r', '--drain-ms', '-1'], /whole number/],
    [['--realm', 'r', '--log-level', 'loud'], /loud/],
    [['--realm', 'r', '--unknown'], /unknown option/],
    [['--help'], /0: /],
  ])('say what is wrong with %j', (args, message) => {
    expect(refused(args)).toMatch(message);
  });
});
