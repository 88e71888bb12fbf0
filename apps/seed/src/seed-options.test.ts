import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseSeedOptions } from './seed-options.ts';

function refused(args: string[], environment: Record<string, string | undefined> = {}): string {
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
      MACULA_BOOTSTRAP_NODES: ' a.example:1 , b.example,',
      MACULA_BOOTSTRAP_URL: 'https://c.example:3',
      MACULA_REALM_SECRET: 'sixteen bytes long',
      MACULA_WAMP_PORT: '8080',
    };
    expect(parseSeedOptions([], environment)).toMatchObject({
      realm: 'be.example',
      port: 5_000,
      dataDir: '/var/lib/seed',
      bootstrap: [
        { host: 'a.example', port: 1 },
        { host: 'b.example', port: 4433 },
        { host: 'c.example', port: 3 },
      ],
      secret: 'sixteen bytes long',
      wamp: 8_080,
    });
    const args = ['--port', '6000', '--realm', 'be.other', '--bootstrap', '[fd00::2]:7'];
    expect(parseSeedOptions(args, environment)).toMatchObject({
      port: 6_000,
      realm: 'be.other',
      bootstrap: [{ host: 'fd00::2', port: 7 }],
    });
  });

  test('take an empty variable for one that is not set', () => {
    const empty = {
      ...{ MACULA_QUIC_PORT: '', MACULA_DATA_DIR: ' ', MACULA_BOOTSTRAP_NODES: '' },
      ...{ MACULA_REALM: '', MACULA_REALM_SECRET: '', MACULA_WAMP_PORT: '' },
    };
    const args = ['--realm', 'be.example'];
    expect(parseSeedOptions(args, empty)).toEqual(parseSeedOptions(args, {}));
    expect(refused([], empty)).toMatch(/--realm/);
  });

  test('take the old name of a port, as every node does', () => {
    const environment = { MACULA_REALM: 'be.example', GATEWAY_PORT: '9443' };
    expect(parseSeedOptions([], environment).port).toBe(9443);
  });

  test.each([
    [[], {}, /--realm.*MACULA_REALM/],
    [['--realm', 'r', '--port', '65536'], {}, /at most 65535/],
    [['--realm', 'r', '--port', '1.5'], {}, /whole number/],
    [['--realm', 'r', '--drain-ms', '-1'], {}, /whole number/],
    [['--realm', 'r', '--log-level', 'loud'], {}, /loud/],
    [['--realm', 'r', '--bootstrap', 'id@host:1'], {}, /is not an address/],
    [['--realm', 'r', '--announce', 'host'], {}, /is not an address/],
    [['--realm', 'r', '--unknown'], {}, /unknown option/],
    [['--realm', 'r'], { MACULA_QUIC_PORT: 'x' }, /MACULA_QUIC_PORT is "x"/],
  ])('say what is wrong with %j and %j, and that it is misuse', (args, environment, message) => {
    expect(refused(args, environment)).toMatch(/^2: /);
    expect(refused(args, environment)).toMatch(message);
  });

  test.each(['--help', '--version'])('%s is no failure', (flag) => {
    expect(refused([flag])).toMatch(/^0: /);
  });
});
