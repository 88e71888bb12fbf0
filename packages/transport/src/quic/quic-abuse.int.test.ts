import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@macula/core';
import { CountingMetrics } from '../../test/counting-metrics.ts';
import {
  dial,
  eventually,
  open,
  quicFixture,
  type QuicFixture,
  type QuicNode,
  recordStreams,
} from '../../test/quic-fixture.ts';
import { rawClient } from '../../test/raw-client.ts';
import type { Connection } from '../connection.ts';

let fixture: QuicFixture;

afterEach(() => fixture.stop());

const ignored = (metrics: CountingMetrics, reason: string): number =>
  metrics.value('macula_quic_packets_ignored_total', { reason });
const stateless = (metrics: CountingMetrics): number =>
  metrics.value('macula_quic_stateless_replies_total');

/** Resolves when the event loop has turned. */
const loopTurn = (): Promise<void> =>
  new Promise((resolve) => {
    systemClock.defer(resolve);
  });

async function stillServes(node: QuicNode): Promise<void> {
  const friend = await fixture.node();
  const before = node.accepted.length;
  const connection = await dial(friend, node);
  const accepted = await eventually('the friend', () => node.accepted[before]);
  const streams = recordStreams(accepted);
  open(connection).write(Buffer.from('hi'), 0, 2);
  connection.flush();
  await eventually('the greeting of the friend', () => streams[0]?.text() === 'hi');
}

describe('the port of nodes and browsers', () => {
  test('takes a client without certificate as a guest, under h3, only where guests are served', async () => {
    fixture = quicFixture();
    const metrics = new CountingMetrics();
    const node = await fixture.node({ metrics });
    const guests: Connection[] = [];
    const stranger = await rawClient(fixture.network.socket(), node.socket.localAddress, {
      alpn: 'h3',
      marked: false,
      certificate: false,
    });
    await eventually('the refusal', () => ignored(metrics, 'no_guests') > 0);
    stranger.stop();
    const close = node.backend.onGuest((connection) => guests.push(connection));
    const guest = await rawClient(fixture.network.socket(), node.socket.localAddress, {
      alpn: 'h3',
      marked: false,
      certificate: false,
    });
    await eventually('the guest', () => guests.length === 1 && guest.quiche.isEstablished());
    expect(guests[0]?.peerCertificate).toBeUndefined();
    const streams = recordStreams(guests[0] as Connection);
    guest.quiche.streamSend(4, Buffer.from('GET'), false);
    guest.quiche.streamSend(2, Buffer.from('settings'), false);
    guest.pump();
    await eventually('streams in any order, of either kind', () => streams.length === 2);
    expect(streams.map((stream) => stream.text()).sort()).toEqual(['GET', 'settings']);
    expect(node.accepted).toHaveLength(0);
    close();
    guest.stop();
    await stillServes(node);
  });

  test('refuses a marked client without certificate, and never mistakes it for a node', async () => {
    fixture = quicFixture();
    const node = await fixture.node();
    const client = await rawClient(fixture.network.socket(), node.socket.localAddress, {
      certificate: false,
    });
    const error = await eventually('the alert', () => client.quiche.peerError() ?? undefined);
    expect(error.errorCode).toBe(0x174);
    expect(node.accepted).toHaveLength(0);
    client.stop();
  });

  test('refuses another protocol name', async () => {
    fixture = quicFixture();
    const node = await fixture.node();
    const client = await rawClient(fixture.network.socket(), node.socket.localAddress, {
      alpn: 'other/1',
    });
    const error = await eventually('the alert', () => client.quiche.peerError() ?? undefined);
    expect(error.errorCode).toBe(0x178);
    expect(node.accepted).toHaveLength(0);
    client.stop();
  });
});

describe('hostile packets', () => {
  test('random bytes are ignored and counted', async () => {
    fixture = quicFixture();
    const metrics = new CountingMetrics();
    const node = await fixture.node({ metrics });
    const attacker = fixture.network.socket();
    const total = 2_000;
    for (let i = 0; i < total; i++) attacker.send(randomBytes(i % 1_400), node.socket.localAddress);
    const reasons = ['malformed', 'unknown', 'too_short', 'not_initial', 'bad_token', 'no_guests'];
    const replies = (): number => stateless(metrics);
    await eventually(
      'all of them',
      () => reasons.reduce((sum, reason) => sum + ignored(metrics, reason), replies()) >= total,
    );
    await stillServes(node);
  });

  test('garbage on a connection that is open does it no harm', async () => {
    fixture = quicFixture({ corruption: 0.2 });
    const a = await fixture.node();
    const b = await fixture.node();
    const left = await dial(a, b);
    const right = await eventually('the acceptor', () => b.accepted[0]);
    const streams = recordStreams(right);
    const stream = open(left);
    stream.write(Buffer.from('through'), 0, 7);
    left.flush();
    await eventually('the bytes', () => streams[0]?.text() === 'through');
  }, 15_000);

  test('replayed Initials start nothing twice', async () => {
    fixture = quicFixture();
    const node = await fixture.node();
    const socket = fixture.network.socket();
    const client = await rawClient(socket, node.socket.localAddress);
    await eventually('the connection', () => node.accepted.length === 1);
    const initial = client.sent[0] as Buffer;
    const attacker = fixture.network.socket();
    for (let i = 0; i < 200; i++) {
      socket.send(Buffer.from(initial), node.socket.localAddress);
      attacker.send(Buffer.from(initial), node.socket.localAddress);
    }
    await stillServes(node);
    expect(node.accepted).toHaveLength(2);
    client.stop();
  });

  test('a handshake flood is answered with Retry, bounded, and honest nodes get through', async () => {
    fixture = quicFixture();
    const metrics = new CountingMetrics();
    const node = await fixture.node({ metrics, retryAbove: 8, maxPendingHandshakes: 16 });
    const clients = [];
    for (let i = 0; i < 64; i++) {
      const socket = fixture.network.socket();
      const client = await rawClient(socket, node.socket.localAddress);
      // Sends its Initial and never goes on.
      fixture.network.blackhole(socket.localAddress);
      client.stop();
      clients.push(client);
    }
    // The blackhole swallows answers, so that the first handshakes stay unfinished.
    const floods = fixture.network.socket();
    for (const client of clients) floods.send(client.sent[0] as Buffer, node.socket.localAddress);
    await eventually('Retry', () => stateless(metrics) > 0);
    await stillServes(node);
  });

  test('handshakes that are never finished take a bounded number of places, and give them back', async () => {
    fixture = quicFixture();
    const metrics = new CountingMetrics();
    const node = await fixture.node({
      metrics,
      retryAbove: 64,
      maxPendingHandshakes: 8,
      handshakeTimeoutMs: 500,
    });
    const lift = fixture.network.blackhole(node.socket.localAddress);
    const initials: Buffer[] = [];
    for (let i = 0; i < 32; i++) {
      const client = await rawClient(fixture.network.socket(), node.socket.localAddress);
      client.stop();
      initials.push(client.sent[0] as Buffer);
    }
    lift();
    const attacker = fixture.network.socket();
    for (const initial of initials) attacker.send(initial, node.socket.localAddress);
    await eventually('the refusals', () => ignored(metrics, 'overloaded') === 24);
    await stillServes(node);
  });

  test('a forged Retry token is refused', async () => {
    fixture = quicFixture();
    const metrics = new CountingMetrics();
    const node = await fixture.node({ metrics, retryAbove: 0 });
    const honest = await fixture.node();
    await dial(honest, node);
    expect(stateless(metrics)).toBeGreaterThan(0);
    const socket = fixture.network.socket();
    const client = await rawClient(socket, node.socket.localAddress);
    await eventually('the answer to the Retry', () => node.accepted.length === 2);
    // The second Initial carries the token; from another address it is worth nothing.
    const withToken = client.sent[1] as Buffer;
    fixture.network.socket().send(Buffer.from(withToken), node.socket.localAddress);
    client.stop();
    await stillServes(node);
    expect(node.accepted).toHaveLength(3);
  });

  test('an unsupported version is answered with version negotiation, without state', async () => {
    fixture = quicFixture();
    const metrics = new CountingMetrics();
    const node = await fixture.node({ metrics });
    const socket = fixture.network.socket();
    const answers: Buffer[] = [];
    socket.onMessage((bytes) => answers.push(Buffer.from(bytes)));
    const packet = Buffer.alloc(1_200, 1);
    packet.set([0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 20], 0);
    packet[26] = 20;
    socket.send(packet, node.socket.localAddress);
    await eventually('the answer', () => answers.length === 1);
    expect(answers[0]?.readUInt32BE(1)).toBe(0);
    expect(stateless(metrics)).toBe(1);
    socket.send(packet.subarray(0, 600), node.socket.localAddress);
    await eventually('the short one', () => ignored(metrics, 'too_short') === 1);
  });

  test('a peer that asks for a million connection IDs gets a few', async () => {
    fixture = quicFixture();
    const node = await fixture.node();
    const client = await rawClient(fixture.network.socket(), node.socket.localAddress, {
      connectionIds: 1_000_000,
    });
    await eventually('the connection', () => node.accepted.length === 1);
    await eventually('spare connection IDs', () => client.quiche.availableDcids() > 0);
    expect(client.quiche.availableDcids()).toBeLessThanOrEqual(3);
    await stillServes(node);
    client.stop();
  });

  test('an endless handshake is given up after a few hundred packets', async () => {
    fixture = quicFixture();
    const node = await fixture.node();
    const socket = fixture.network.socket();
    const client = await rawClient(socket, node.socket.localAddress);
    client.stop();
    const initial = client.sent[0] as Buffer;
    const answers = (): number =>
      fixture.network.stats(node.socket.localAddress, socket.localAddress).sent;
    for (let i = 0; i < 2_000; i++) {
      socket.send(Buffer.from(initial), node.socket.localAddress);
      if (i % 50 === 0) await loopTurn();
    }
    await eventually('all packets', () => fixture.network.inFlight === 0);
    expect(answers()).toBeLessThan(500);
    await stillServes(node);
  });

  test('a user that fails above a connection costs that connection only', async () => {
    fixture = quicFixture();
    const a = await fixture.node();
    const b = await fixture.node();
    const left = await dial(a, b);
    const right = await eventually('the acceptor', () => b.accepted[0]);
    right.onStream(() => {
      throw new Error('a defect');
    });
    open(left).write(Buffer.from('x'), 0, 1);
    left.flush();
    let end: unknown;
    left.onClose((reason) => {
      end = reason;
    });
    await eventually('the end', () => end);
    expect(end).toMatchObject({ code: 0x0c, remote: true });
    await stillServes(b);
  });

  test('a peer that opens a unidirectional stream at once harms nobody', async () => {
    fixture = quicFixture();
    const node = await fixture.node();
    const client = await rawClient(fixture.network.socket(), node.socket.localAddress);
    await eventually('the handshake', () => client.quiche.isEstablished());
    client.quiche.streamSend(2, Buffer.from('early'), false);
    client.quiche.streamSend(0, Buffer.from('x'), false);
    client.pump();
    const accepted = await eventually('the connection', () => node.accepted[0]);
    const streams = recordStreams(accepted);
    await eventually('the bidirectional stream', () => streams.length === 1);
    await stillServes(node);
    client.stop();
  });

  test('a connection that is closed right after the handshake ends, whichever side closes', async () => {
    fixture = quicFixture();
    const a = await fixture.node();
    const b = await fixture.node();
    for (let i = 0; i < 40; i++) {
      const before = b.accepted.length;
      const connection = await dial(a, b);
      const closer =
        i % 2 === 0 ? connection : await eventually('the acceptor', () => b.accepted[before]);
      closer.close(0, 'at once');
    }
    let ended = 0;
    for (const connection of b.accepted) connection.onClose(() => ended++);
    await eventually('all ends', () => ended === b.accepted.length);
    const packets = (): number =>
      fixture.network.stats(a.socket.localAddress, b.socket.localAddress).sent;
    const before = packets();
    await stillServes(b);
    expect(packets() - before).toBeLessThan(200);
  });

  test('packets that carry nothing use up a budget, and the connection is closed', async () => {
    fixture = quicFixture();
    const node = await fixture.node({ emptyPackets: { perSecond: 10, burst: 500 } });
    const client = await rawClient(fixture.network.socket(), node.socket.localAddress);
    const accepted = await eventually('the connection', () => node.accepted[0]);
    let over: unknown;
    accepted.onClose((end) => {
      over = end;
    });
    for (let round = 0; round < 3_000 && over === undefined; round++) {
      client.quiche.sendAckEliciting();
      client.pump();
      if (round % 20 === 0) await loopTurn();
    }
    await eventually('the close', () => over);
    expect(over).toMatchObject({ code: 0x0a, remote: false });
    client.stop();
  }, 30_000);

  test('a peer that never reads is not fed more than the windows', async () => {
    fixture = quicFixture();
    const node = await fixture.node();
    const client = await rawClient(fixture.network.socket(), node.socket.localAddress);
    const accepted = await eventually('the connection', () => node.accepted[0]);
    const stream = open(accepted);
    const chunk = Buffer.alloc(65_536);
    let taken = 0;
    stream.onWritable(() => {
      taken += stream.write(chunk, 0, chunk.length);
      accepted.flush();
    });
    for (let i = 0; i < 200; i++) {
      taken += stream.write(chunk, 0, chunk.length);
      accepted.flush();
      await loopTurn();
    }
    expect(taken).toBeLessThanOrEqual(1 << 20);
    client.stop();
  });
});
