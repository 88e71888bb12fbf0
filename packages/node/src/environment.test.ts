import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError, silentLogger } from '@macula/core';
import { heardLogger } from '../test/heard-logger.ts';
import { readEnvironment } from './environment.ts';

const at = (host: string, port = 4433) => ({ host, port });

describe('the environment', () => {
  it.each([
    [{}, {}],
    [{ MACULA_REALM: 'be.cortexiq.energy' }, { realm: 'be.cortexiq.energy' }],
    [{ MACULA_REALM: ' be.cortexiq.energy\n' }, { realm: 'be.cortexiq.energy' }],
    [{ MACULA_REALM: '' }, {}],
    [{ MACULA_QUIC_PORT: '4433' }, { port: 4433 }],
    [{ MACULA_QUIC_PORT: '0' }, { port: 0 }],
    [{ MACULA_DATA_DIR: '/var/lib/macula' }, { dataDir: '/var/lib/macula' }],
    [{ MACULA_REALM_SECRET: 'open sesame' }, { secret: 'open sesame' }],
    [{ MACULA_WAMP_PORT: '8080' }, { wampPort: 8080 }],
    [{ MACULA_BOOTSTRAP_NODES: 'a:1' }, { bootstrap: [at('a', 1)] }],
    [
      { MACULA_BOOTSTRAP_NODES: ' a:1 , b.example:2,,[::1]:3, c ' },
      { bootstrap: [at('a', 1), at('b.example', 2), at('::1', 3), at('c')] },
    ],
    [{ MACULA_BOOTSTRAP_NODES: ' , ' }, {}],
    [{ MACULA_BOOTSTRAP_URL: 'https://bootstrap:4433' }, { bootstrap: [at('bootstrap')] }],
    [
      { MACULA_BOOTSTRAP_NODES: 'a:1', MACULA_BOOTSTRAP_URL: 'https://b:2/' },
      { bootstrap: [at('a', 1), at('b', 2)] },
    ],
  ])('%j says %j', (variables, expected) => {
    expect(readEnvironment(variables, silentLogger)).toEqual({
      realm: undefined,
      bootstrap: undefined,
      port: undefined,
      dataDir: undefined,
      secret: undefined,
      wampPort: undefined,
      ...expected,
    });
  });

  it.each([
    [{ MACULA_MODE: 'gateway' }, {}, 'MACULA_MODE is ignored'],
    [{ GATEWAY_PORT: '9443' }, { port: 9443 }, 'GATEWAY_PORT is an old name: set MACULA_QUIC_PORT'],
    [
      { MACULA_GATEWAY_URL: 'https://old:4433' },
      { bootstrap: [at('old')] },
      'MACULA_GATEWAY_URL is an old name: set MACULA_BOOTSTRAP_URL',
    ],
  ])('%j is accepted with a warning', (variables, expected, warning) => {
    const logger = heardLogger();
    expect(readEnvironment(variables, logger)).toMatchObject(expected);
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]).toContain(`warn ${warning}`);
  });

  it('prefers new names to old ones, without a word', () => {
    const logger = heardLogger();
    const variables = { MACULA_QUIC_PORT: '1', GATEWAY_PORT: '2' };
    expect(readEnvironment(variables, logger).port).toBe(1);
    expect(logger.lines).toEqual([]);
  });

  it.each([
    [{ MACULA_REALM: 'Not A Realm' }, 'MACULA_REALM: "Not A Realm" is not a realm'],
    [{ MACULA_QUIC_PORT: '65536' }, 'MACULA_QUIC_PORT is "65536": write a port'],
    [{ MACULA_QUIC_PORT: '44 33' }, 'MACULA_QUIC_PORT is "44 33"'],
    [{ GATEWAY_PORT: 'x' }, 'GATEWAY_PORT is "x"'],
    [{ MACULA_BOOTSTRAP_NODES: 'a:1,b:c' }, 'MACULA_BOOTSTRAP_NODES: "b:c" is not an address'],
    [{ MACULA_BOOTSTRAP_URL: 'https://' }, 'MACULA_BOOTSTRAP_URL: "https://" is not an address'],
  ])('%j is refused: %s', (variables, message) => {
    const read = () => readEnvironment(variables, silentLogger);
    expect(read).toThrow(InvalidArgumentError);
    expect(read).toThrow(message);
  });
});
