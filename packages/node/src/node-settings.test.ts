import { describe, expect, it } from '@jest/globals';
import {
  InvalidArgumentError,
  noMetrics,
  parseRealm,
  silentLogger,
  systemClock,
} from '@macula/core';
import { openAdmission } from '@macula/identity';
import { memoryNetwork } from '@macula/testkit';
import type { NodeOptions } from './node-options.ts';
import { settingsOf } from './node-settings.ts';

const realm = 'be.cortexiq.energy';
const environment = {};

describe('the settings of a node', () => {
  it('are defaults where nothing is said', () => {
    expect(settingsOf({ realm, environment })).toMatchObject({
      realm,
      bootstrap: [],
      port: 0,
      dataDir: undefined,
      secret: undefined,
      joinTimeout: 5_000,
      drainTimeout: 2_000,
      clock: systemClock,
    });
  });

  it('come from options, then from the environment', () => {
    const variables = {
      MACULA_REALM: 'from.environment',
      MACULA_QUIC_PORT: '1',
      MACULA_BOOTSTRAP_NODES: 'env:1',
      MACULA_DATA_DIR: '/env',
      MACULA_REALM_SECRET: 'secret of env',
    };
    expect(settingsOf({ environment: variables })).toMatchObject({
      realm: 'from.environment',
      port: 1,
      bootstrap: [{ host: 'env', port: 1 }],
      dataDir: '/env',
      secret: 'secret of env',
    });
    const options: NodeOptions = {
      realm,
      port: 2,
      bootstrap: ['option'],
      dataDir: '/option',
      secret: 'secret of options',
      environment: variables,
    };
    expect(settingsOf(options)).toMatchObject({
      realm,
      port: 2,
      bootstrap: [{ host: 'option', port: 4433 }],
      dataDir: '/option',
      secret: 'secret of options',
    });
    expect(settingsOf({ realm, bootstrap: [], environment: variables }).bootstrap).toEqual([]);
    expect(settingsOf({ realm, port: 0, environment: variables }).port).toBe(0);
  });

  it('take addresses as text, and as nodes give them', () => {
    const ipv6 = { host: 'fd00::2', port: 57_055 };
    const given = settingsOf({ realm, bootstrap: [ipv6, 'a'], announce: [ipv6], environment: {} });
    expect(given.bootstrap).toEqual([ipv6, { host: 'a', port: 4433 }]);
    expect(given.announce).toEqual([ipv6]);
    const wrong = { host: 'a b', port: 1 };
    expect(() => settingsOf({ realm, bootstrap: [wrong], environment: {} })).toThrow(
      'option bootstrap[0]: "a b:1" is not an address',
    );
  });

  it('serve WAMP clients where an option or the environment says so, on the port of either', () => {
    const variables = { MACULA_WAMP_PORT: '8080' };
    expect(settingsOf({ realm, environment }).wamp).toBeUndefined();
    expect(settingsOf({ realm, environment: variables }).wamp).toEqual({ port: 8080 });
    const wamp = { realmAliases: ['realm1'] };
    expect(settingsOf({ realm, wamp, environment: variables }).wamp).toEqual({
      port: 8080,
      realmAliases: ['realm1'],
    });
    const option = { ...wamp, port: 0 };
    expect(settingsOf({ realm, wamp: option, environment: variables }).wamp?.port).toBe(0);
    expect(() => settingsOf({ realm, wamp, environment })).toThrow('MACULA_WAMP_PORT');
  });

  it.each<[object, string]>([
    [{ port: 70_000 }, 'option wamp.port is 70000: must be a port'],
    [{ port: 1, path: 'ws' }, 'option wamp.path is "ws": must begin with /'],
    [{ port: 1, realmAliases: 'realm1' }, 'option wamp.realmAliases'],
    [{ port: 1, authentication: ['ticket'] }, 'option wamp.authentication[0]'],
    [{ port: 1, authorize: 'all' }, 'option wamp.authorize is "all": must be a function'],
    [{ port: 1, maxSessions: 0 }, 'option wamp.maxSessions is 0'],
    [{ port: 1, realms: [{ mesh: {} }] }, 'option wamp.realms[0].mesh'],
    [{ port: 1, prot: 2 }, 'there is no option wamp.prot'],
  ])('say what is wrong with %j', (wamp, message) => {
    expect(() => settingsOf({ realm, environment, wamp: wamp as never })).toThrow(message);
  });

  it('read process.env unless told otherwise', () => {
    process.env['MACULA_REALM'] = 'of.the.process';
    try {
      expect(settingsOf({}).realm).toBe('of.the.process');
    } finally {
      delete process.env['MACULA_REALM'];
    }
  });

  it('leave secrets of the environment alone where another admission is given', () => {
    const admission = openAdmission(parseRealm(realm));
    const variables = { MACULA_REALM_SECRET: 'of env' };
    expect(settingsOf({ realm, admission, environment: variables }).secret).toBeUndefined();
  });

  it.each<[unknown, string]>([
    [
      {},
      "a node needs a realm: write createNode({ realm: 'be.cortexiq.energy' }) or set MACULA_REALM",
    ],
    [{ realm: 'Be Cortexiq' }, 'option realm is "Be Cortexiq": "Be Cortexiq" is not a realm'],
    [{ realm: 7 }, 'option realm is 7: '],
    [{ realm, bootstrap: 'a:1' }, 'option bootstrap is "a:1": '],
    [{ realm, bootstrap: ['a:1', 'b:x'] }, 'option bootstrap[1] is "b:x": "b:x" is not an address'],
    [{ realm, announce: ['no-port'] }, 'option announce[0] is "no-port": '],
    [{ realm, host: 'localhost' }, 'option host is "localhost": must be an IP address'],
    [{ realm, port: 65_536 }, 'option port is 65536: must be a port from 0'],
    [{ realm, port: '4433' }, 'option port is "4433": '],
    [{ realm, dataDir: '' }, 'option dataDir is "": must name a directory'],
    [{ realm, joinTimeout: -1 }, 'option joinTimeout is -1: must be milliseconds'],
    [{ realm, drainTimeout: '1s' }, 'option drainTimeout is "1s": '],
    [{ realm, uriMode: 'lax' }, 'option uriMode is "lax": '],
    [{ realm, metadata: { load: 1 } }, 'option metadata.load is 1: '],
    [{ realm, logger: () => undefined }, 'must be a Logger'],
    [{ realm, clock: { now: () => 0 } }, 'option clock: must be a Clock'],
    [{ realm, links: {} }, 'option links: must be Links'],
    [{ realm, logger: { ...silentLogger, child: undefined } }, 'option logger: must be a Logger'],
    [{ realm, metrics: { ...noMetrics, observedGauge: undefined } }, 'must be Metrics'],
    [{ realm, pubsub: 3 }, 'option pubsub is 3: '],
    [{ realm, pubsub: { fanoutTreshold: 8 } }, 'there is no option pubsub.fanoutTreshold'],
    [{ realm, rpc: { callTimeout: '1s' } }, 'option rpc.callTimeout is "1s": '],
    [{ realm, transport: { port: 1 } }, 'there is no option transport.port'],
    [
      { realm, transport: { pool: 3 } },
      'option transport.pool is 3: must be an object of settings',
    ],
    [{ realm, realms: [] }, 'there is no option realms'],
    [
      { realm, identity: { sign: () => 0 }, dataDir: '/x' },
      'identity and dataDir exclude each other',
    ],
    [
      { realm, admission: { prove: () => 0, verify: () => 0 }, secret: 'x' },
      'admission and secret exclude each other',
    ],
  ])('refuse %j', (options, message) => {
    const settle = () => settingsOf({ environment, ...(options as NodeOptions) });
    expect(settle).toThrow(InvalidArgumentError);
    expect(settle).toThrow(message);
  });

  it('name every problem at once, but never a secret', () => {
    const options = { realm: 'A', port: -1, secret: 123456789, environment };
    expect(() => settingsOf(options as unknown as NodeOptions)).toThrow(
      /option realm .*; option port .*; option secret: must be text or bytes/,
    );
    expect(() => settingsOf(options as unknown as NodeOptions)).not.toThrow('123456789');
  });

  it.each(['host', 'port', 'announce', 'dataDir', 'secret', 'transport'] as const)(
    'refuse %s beside links',
    (name) => {
      const links = memoryNetwork().node();
      const values = {
        host: '::',
        port: 1,
        announce: ['a:1'],
        dataDir: '/x',
        secret: 'a secret of some length',
        transport: {},
      };
      expect(() => settingsOf({ realm, links, environment, [name]: values[name] })).toThrow(
        `option ${name} has no effect beside links`,
      );
    },
  );
});
