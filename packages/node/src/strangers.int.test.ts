import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { noMetrics, NodeId, parseAddress, parseRealm } from '@macula/core';
import { ephemeralIdentity, openAdmission, secretAdmission } from '@macula/identity';
import { bindUdpSocket, createTransport, type TransportDependencies } from '@macula/transport';
import { BesiegedMesh, type Toll } from '../test/abuse/besieged-mesh.ts';
import { eventually } from '../test/processes/process-mesh.ts';

const realm = parseRealm('be.macula.proof');
const secret = 'correct horse battery staple';
const mesh = new BesiegedMesh({ secret });
const mebibyte = 1_048_576;

beforeAll(() => mesh.start(), 30_000);
afterAll(() => mesh.end());

/** Honest nodes have noticed nothing, and nothing is left of the attack. */
function expectUnharmed(toll: Toll): void {
  expect(toll.harm).toEqual([]);
  expect(toll.heapGrowth).toBeLessThan(4 * mebibyte);
  expect(toll.rssGrowth).toBeLessThan(64 * mebibyte);
  expect(toll.handlesLeft).toBeLessThanOrEqual(2);
  expect(toll.linksLeft).toBe(0);
}

/** Sends datagrams from many ports. */
async function datagrams(count: number, make: (i: number) => Uint8Array): Promise<void> {
  const sockets = Array.from({ length: 32 }, () => createSocket('udp4').unref());
  for (let i = 0; i < count; i++) {
    await new Promise<void>((resolve) => {
      sockets[i % sockets.length]!.send(make(i), mesh.port, '127.0.0.1', () => resolve());
    });
  }
  for (const socket of sockets) socket.close();
}

async function tcpSockets(count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(mesh.port, '127.0.0.1');
    // They are refused one way or another.
    socket.on('error', () => undefined);
    // A socket that is not read does not notice its end.
    return socket.resume();
  });
  await Promise.all(
    sockets.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])),
  );
  return sockets;
}

/** The packets with which a stranger begins a handshake. */
async function firstPackets(): Promise<Uint8Array[]> {
  const sent: Uint8Array[] = [];
  const bindDatagrams: TransportDependencies['bindDatagrams'] = async (options) => {
    const socket = await bindUdpSocket(options);
    return {
      get localAddress() {
        return socket.localAddress;
      },
      onMessage: () => () => undefined,
      close: () => socket.close(),
      send: (bytes: Uint8Array) => void sent.push(Uint8Array.from(bytes)),
    } as typeof socket;
  };
  const identity = await ephemeralIdentity();
  const deps = { identity, admission: openAdmission(realm), bindDatagrams };
  const transport = createTransport(deps, { host: '127.0.0.1', tcp: false });
  await transport.start();
  const address = parseAddress(`127.0.0.1:${mesh.port}`);
  await transport.dial(address, { timeout: 400 }).catch(() => undefined);
  await transport.stop();
  return sent;
}

describe('a mesh whose port is known to strangers', () => {
  it('is not disturbed by random bytes on UDP', async () => {
    const toll = await mesh.under(() =>
      datagrams(20_000, (i) => {
        const bytes = randomBytes(1 + (i % 1_400));
        // A third look like long headers of QUIC, a third like short ones.
        if (i % 3 > 0) bytes[0] = (bytes[0]! & 0x3f) | (i % 3 === 1 ? 0xc0 : 0x40);
        if (i % 3 === 1 && bytes.length > 5) bytes.set([0, 0, 0, 1], 1);
        return bytes;
      }),
    );
    expectUnharmed(toll);
  }, 40_000);

  it('is not disturbed by random bytes on TCP', async () => {
    const toll = await mesh.under(async () => {
      for (let round = 0; round < 5; round++) {
        const sockets = await tcpSockets(100);
        for (const socket of sockets) socket.write(randomBytes(1 + round * 3_000));
        for (const socket of sockets.slice(50)) socket.end();
        // Nobody has to hang up: the time of a handshake is limited.
        await eventually('they are thrown out', () => sockets.every(({ closed }) => closed));
      }
    });
    expectUnharmed(toll);
  }, 60_000);

  it('is not disturbed by handshakes that are begun and replayed, and never ended', async () => {
    const packets = await firstPackets();
    expect(packets.length).toBeGreaterThan(0);
    const toll = await mesh.under(() => datagrams(6_000, (i) => packets[i % packets.length]!));
    expectUnharmed(toll);
  }, 40_000);

  it('lets a newcomer join while TLS connections trickle in and stay', async () => {
    const toll = await mesh.under(async () => {
      const sockets = await tcpSockets(400);
      const hello = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]);
      for (const byte of hello) {
        for (const socket of sockets) if (socket.writable) socket.write(Buffer.from([byte]));
      }
      const identity = await ephemeralIdentity();
      const deps = { identity, admission: secretAdmission(realm, secret) };
      const newcomer = createTransport(deps, { host: '127.0.0.1' });
      await newcomer.start();
      const link = await newcomer.dial(parseAddress(`127.0.0.1:${mesh.port}`));
      expect(link.peer.key).toBe(mesh.home.id);
      await newcomer.stop();
      await eventually('they are thrown out', () => sockets.every(({ closed }) => closed));
    });
    expectUnharmed(toll);
  }, 60_000);

  it.each<[string, () => TransportDependencies['admission'], string | undefined, string]>([
    ['of another realm', () => openAdmission(parseRealm('be.other')), undefined, 'WrongRealmError'],
    ['without the secret', () => openAdmission(realm), undefined, 'NotAdmittedError'],
    [
      'with a wrong secret',
      () => secretAdmission(realm, 'wrong horse battery staple'),
      undefined,
      'NotAdmittedError',
    ],
    [
      'who expect somebody else',
      () => secretAdmission(realm, secret),
      'ab'.repeat(32),
      'WrongIdentityError',
    ],
  ])(
    'tells peers %s what is wrong, every time',
    async (_who, admission, expected, error) => {
      const toll = await mesh.under(async () => {
        for (let round = 0; round < 20; round++) {
          const transport = createTransport(
            { identity: await ephemeralIdentity(), admission: admission(), metrics: noMetrics },
            { host: '127.0.0.1', tcp: round % 2 === 0, quic: round % 4 !== 0 },
          );
          await transport.start();
          const address = parseAddress(`127.0.0.1:${mesh.port}`);
          const pin = expected === undefined ? {} : { expected: NodeId.parse(expected) };
          await expect(transport.dial(address, pin)).rejects.toMatchObject({ name: error });
          await transport.stop();
        }
      });
      expectUnharmed(toll);
    },
    40_000,
  );

  it('can stop as if nothing had been', async () => {
    expect(await mesh.retire()).toEqual([
      { code: 0, held: [] },
      { code: 0, held: [] },
    ]);
  }, 30_000);
});
