import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InvalidArgumentError, LinkCloseCode, systemClock, WrongRealmError } from '@macula/core';
import { ephemeralIdentity, nodeIdOfCertificate, secretAdmission } from '@macula/identity';
import { eventually } from '@macula/testkit';
import { CountingMetrics } from '../test/counting-metrics.ts';
import {
  testRealm,
  type TestTransport,
  transportFixture,
  type TransportFixture,
} from '../test/transport-fixture.ts';
import { NotAdmittedError } from './errors.ts';
import { HandshakeBudget } from './handshake-budget.ts';
import { TcpBackend } from './tcp/tcp-backend.ts';

let fixture: TransportFixture;

beforeEach(() => {
  fixture = transportFixture();
});

afterEach(() => fixture.stop());

const secret = 'correct horse battery staple';
const { signal } = new AbortController();

async function dial(from: TestTransport, to: TestTransport) {
  return from.dial(to.localAddresses[0]!);
}

describe.each([
  ['QUIC', { tcp: false }],
  ['TCP', { quic: false }],
])('a realm with a secret, over %s', (_, protocol) => {
  it('links nodes that know it, and no others', async () => {
    const knowing = { admission: secretAdmission(testRealm, secret) };
    const a = await fixture.node(protocol, knowing);
    const b = await fixture.node(protocol, knowing);
    const guessing = await fixture.node(protocol, {
      admission: secretAdmission(testRealm, 'a guess of sixteen bytes'),
    });
    const open = await fixture.node(protocol);
    expect((await dial(a, b)).state).toBe('open');
    let opened = 0;
    for (const node of [b, guessing, open]) node.onLink(() => (opened += 1));
    await expect(dial(guessing, b)).rejects.toBeInstanceOf(NotAdmittedError);
    await expect(dial(open, b)).rejects.toBeInstanceOf(NotAdmittedError);
    await expect(dial(a, guessing)).rejects.toBeInstanceOf(NotAdmittedError);
    expect(opened).toBe(0);
  });

  it('is refused by a node of another realm with its code, and counted', async () => {
    const metrics = new CountingMetrics();
    const a = await fixture.node(protocol, { metrics });
    const b = await fixture.node(protocol, { realm: 'be.macula.other' });
    await expect(dial(b, a)).rejects.toBeInstanceOf(WrongRealmError);
    await eventually(
      () =>
        metrics.value('macula_transport_arrivals_refused_total', { reason: 'wrongRealm' }) === 1,
    );
  });
});

describe('a peer that completes the handshake and then says nothing', () => {
  it('is closed when its time is up', async () => {
    const metrics = new CountingMetrics();
    const node = await fixture.node({ quic: false, pool: { greetingMs: 200 } }, { metrics });
    const silent = new TcpBackend(
      {
        identity: await ephemeralIdentity(),
        clock: systemClock,
        budget: new HandshakeBudget(systemClock),
      },
      { host: '127.0.0.1' },
    );
    await silent.start();
    const connection = await silent.dial(node.localAddresses[0]!, { signal });
    expect(nodeIdOfCertificate(connection.peerCertificate!).equals(node.self)).toBe(true);
    let code: number | undefined;
    connection.onClose((end) => (code = end.code));
    await eventually(() => code !== undefined);
    expect(code).toBe(LinkCloseCode.silent);
    expect(metrics.value('macula_transport_arrivals_refused_total', { reason: 'silent' })).toBe(1);
    await silent.stop();
  });
});

describe('a transport', () => {
  it('listens with both protocols on one port', async () => {
    const node = await fixture.node();
    const overQuic = await fixture.node({ tcp: false });
    const overTcp = await fixture.node({ quic: false });
    expect(new Set(node.localAddresses.map(({ port }) => port)).size).toBe(1);
    expect((await dial(overQuic, node)).state).toBe('open');
    expect((await dial(overTcp, node)).state).toBe('open');
  });

  it('comes to a TCP peer when UDP is not answered', async () => {
    const metrics = new CountingMetrics();
    const overTcp = await fixture.node({ quic: false });
    const node = await fixture.node({ pool: { fallbackMs: 100 } }, { metrics });
    await dial(node, overTcp);
    const labels = { direction: 'dialled', protocol: 'tcp' };
    expect(metrics.value('macula_transport_links_opened_total', labels)).toBe(1);
    expect(metrics.value('macula_transport_links_open', labels)).toBe(1);
    expect(metrics.value('macula_transport_dials_succeeded_total')).toBe(1);
  });

  it('tells peers the addresses it is told to announce', async () => {
    const announce = [{ host: 'node.example', port: 4433 }];
    const node = await fixture.node({ announce });
    expect(node.localAddresses).toEqual(announce);
  });

  it('says which port is taken', async () => {
    const node = await fixture.node({ quic: false });
    const { port } = node.localAddresses[0]!;
    await expect(fixture.node({ quic: false, port })).rejects.toThrow(InvalidArgumentError);
    await expect(fixture.node({ quic: false, port })).rejects.toThrow(`:${port}`);
  });
});
