import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InvalidArgumentError, NotRunningError, PeerUnreachableError } from '@macula/core';
import { ephemeralIdentity, nodeIdOfCertificate } from '@macula/identity';
import { eventually } from '@macula/testkit';
import { tcpFixture, type TcpFixture, type TcpNode } from '../../test/tcp-fixture.ts';
import type { ByteStream, Connection, ConnectionEnd } from '../connection.ts';

let fixture: TcpFixture;
/** Sockets of attackers. */
let sockets: Socket[];

beforeEach(() => {
  fixture = tcpFixture();
  sockets = [];
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await fixture.stop();
});

const { signal } = new AbortController();

async function pair(): Promise<{ a: TcpNode; b: TcpNode; left: Connection; right: Connection }> {
  const [a, b] = [await fixture.node(), await fixture.node()];
  const left = await a.backend.dial(b.backend.localAddress, { signal });
  await eventually(() => b.accepted.length > 0);
  return { a, b, left, right: b.accepted[0]! };
}

/** Everything that comes over a stream. */
function record(stream: ByteStream): { text: string; bytes: number; events: string[] } {
  const seen = { text: '', bytes: 0, events: [] as string[] };
  stream.onData((bytes, start, end) => {
    seen.bytes += end - start;
    if (seen.text.length < 1_000) seen.text += Buffer.from(bytes.subarray(start, end)).toString();
  });
  stream.onEnd(() => seen.events.push('end'));
  stream.onReset((code) => seen.events.push(`reset ${code}`));
  return seen;
}

/** Writes until nothing more is taken; returns how much was. */
function fill(stream: ByteStream): number {
  const chunk = Buffer.alloc(64 * 1024);
  for (let total = 0; ;) {
    const taken = stream.write(chunk, 0, chunk.length);
    total += taken;
    if (taken < chunk.length) return total;
  }
}

function attacker(node: TcpNode): Socket {
  const socket = connect(node.backend.localAddress);
  socket.on('error', () => undefined);
  socket.resume();
  sockets.push(socket);
  return socket;
}

async function tlsAttacker(node: TcpNode, options: object): Promise<TLSSocket> {
  const socket = connectTls({
    ...node.backend.localAddress,
    rejectUnauthorized: false,
    ALPNProtocols: ['h2'],
    ...options,
  });
  socket.on('error', () => undefined);
  sockets.push(socket);
  await new Promise((resolve) => socket.once('secureConnect', resolve).once('close', resolve));
  return socket;
}

/** That a node still takes a proper connection. */
async function expectService(node: TcpNode): Promise<void> {
  const friend = await fixture.node();
  const before = node.accepted.length;
  await friend.backend.dial(node.backend.localAddress, { signal });
  await eventually(() => node.accepted.length > before);
}

describe('a TCP connection', () => {
  it('shows each side the certificate whose key the other has proven', async () => {
    const [mine, theirs] = [await ephemeralIdentity(), await ephemeralIdentity()];
    const a = await fixture.node({ identity: mine });
    const b = await fixture.node({ identity: theirs });
    const left = await a.backend.dial(b.backend.localAddress, { signal });
    await eventually(() => b.accepted.length > 0);
    const right = b.accepted[0]!;
    expect(nodeIdOfCertificate(left.peerCertificate!).equals(theirs.nodeId)).toBe(true);
    expect(nodeIdOfCertificate(right.peerCertificate!).equals(mine.nodeId)).toBe(true);
    expect([left.initiator, right.initiator]).toEqual([true, false]);
    expect([left.remoteAddress.host, right.remoteAddress.host]).toEqual(['127.0.0.1', '127.0.0.1']);
  });

  it('carries more streams of the acceptor than were offered, each with its bytes and its end', async () => {
    const { left, right } = await pair();
    const seen: ReturnType<typeof record>[] = [];
    left.onStream((stream) => seen.push(record(stream)));
    for (let n = 0; n < 100; n += 1) {
      const stream = right.openStream()!;
      const bytes = Buffer.from(`stream ${n}`);
      const say = (): void => {
        if (stream.write(bytes, 0, bytes.length) === bytes.length) stream.end();
      };
      stream.onWritable(say);
      say();
    }
    await eventually(() => seen.length === 100 && seen.every(({ events }) => events.length > 0));
    expect(new Set(seen.map(({ text }) => text)).size).toBe(100);
    expect(seen.every(({ events }) => events.join() === 'end')).toBe(true);
  });

  it('tells a reset with its code, whoever opened the stream, and never as an end', async () => {
    const { left, right } = await pair();
    for (const [opener, other] of [
      [left, right],
      [right, left],
    ] as const) {
      const arrived: ByteStream[] = [];
      other.onStream((stream) => arrived.push(stream));
      const stream = opener.openStream()!;
      stream.write(Buffer.from('x'), 0, 1);
      await eventually(() => arrived.length > 0);
      const seen = record(arrived[0]!);
      await eventually(() => seen.text === 'x');
      stream.reset(42);
      await eventually(() => seen.events.length > 0);
      expect(seen.events).toEqual(['reset 42']);
    }
  });

  it('stops taking bytes while the peer does not read, and goes on when it does', async () => {
    const { left, right } = await pair();
    const arrived: ByteStream[] = [];
    right.onStream((stream) => arrived.push(stream));
    const stream = left.openStream()!;
    let taken = 0;
    stream.onWritable(() => (taken += fill(stream)));
    taken += fill(stream);
    // As long as it grows, the network still takes something.
    let before = -1;
    await eventually(
      () => {
        const stalled = taken === before;
        before = taken;
        return stalled && arrived.length > 0;
      },
      { intervalMs: 100 },
    );
    expect(taken).toBeLessThan(4 << 20);
    const stalledAt = taken;
    const other = left.openStream()!;
    other.write(Buffer.from('still here'), 0, 10);
    await eventually(() => arrived.length === 2);
    const chatter = record(arrived[1]!);
    await eventually(() => chatter.text === 'still here');
    expect(taken).toBe(stalledAt);
    const seen = record(arrived[0]!);
    await eventually(() => seen.bytes > stalledAt && taken > stalledAt);
  });

  it('brings code and message of its close to the other side, and what was sent before', async () => {
    const { left, right } = await pair();
    const arrived: ReturnType<typeof record>[] = [];
    left.onStream((stream) => arrived.push(record(stream)));
    const stream = right.openStream()!;
    stream.write(Buffer.from('last words'), 0, 10);
    await eventually(() => arrived[0]?.text === 'last words');
    const ends: ConnectionEnd[] = [];
    left.onClose((end) => ends.push(end));
    right.onClose((end) => ends.push(end));
    right.close(9, 'enough');
    await eventually(() => ends.length === 2);
    expect(ends).toEqual([
      { code: 9, message: 'enough', remote: false },
      { code: 9, message: 'enough', remote: true },
    ]);
    expect(left.openStream()).toBeUndefined();
    expect(arrived[0]!.events).toEqual(['reset undefined']);
  });

  it('measures the way to the peer', async () => {
    const { left } = await pair();
    expect(left.rtt).toBeNaN();
    await eventually(() => {
      left.flush();
      return left.rtt > 0;
    });
  });

  it('is dialled with the renewed certificate after a renewal, and accepted with it', async () => {
    const [before, after] = [await ephemeralIdentity(), await ephemeralIdentity()];
    const renewals: (() => void)[] = [];
    const identity = {
      keyPem: before.keyPem,
      certificatePem: before.certificatePem,
      onRenewed: (listener: () => void) => {
        renewals.push(listener);
        return () => undefined;
      },
    };
    const [a, b] = [await fixture.node({ identity }), await fixture.node()];
    Object.assign(identity, { keyPem: after.keyPem, certificatePem: after.certificatePem });
    for (const renewed of renewals) renewed();
    await a.backend.dial(b.backend.localAddress, { signal });
    await eventually(() => b.accepted.length > 0);
    const back = await b.backend.dial(a.backend.localAddress, { signal });
    for (const { peerCertificate } of [b.accepted[0]!, back]) {
      expect(nodeIdOfCertificate(peerCertificate!).equals(after.nodeId)).toBe(true);
    }
  });
});

describe('a TCP backend', () => {
  it('fails dials that nobody answers, that something else answers, and that are aborted', async () => {
    const node = await fixture.node();
    const nobody = node.backend.dial({ host: '127.0.0.1', port: 1 }, { signal });
    await expect(nobody).rejects.toBeInstanceOf(PeerUnreachableError);
    const abort = new AbortController();
    const aborted = node.backend.dial(node.backend.localAddress, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
  });

  it('says when its port is taken, and that it is not running', async () => {
    const { backend } = await fixture.node();
    const { port } = backend.localAddress;
    await expect(fixture.node({ port })).rejects.toBeInstanceOf(InvalidArgumentError);
    await backend.stop();
    expect(() => backend.localAddress).toThrow(NotRunningError);
    await expect(backend.dial({ host: '127.0.0.1', port }, { signal })).rejects.toBeInstanceOf(
      NotRunningError,
    );
  });

  it('hangs up on random bytes, and counts them', async () => {
    const node = await fixture.node();
    for (let n = 0; n < 20; n += 1) attacker(node).write(Buffer.alloc(2_000, n * 13));
    await eventually(() => node.refused('tls') === 20);
    await expectService(node);
  });

  it('gives a peer that says nothing, or stops half-way, a limited time', async () => {
    const node = await fixture.node({ handshakeTimeoutMs: 200 });
    const closed: string[] = [];
    attacker(node).once('close', () => closed.push('silent'));
    const identity = await ephemeralIdentity();
    const halfWay = await tlsAttacker(node, {
      key: identity.keyPem,
      cert: identity.certificatePem,
    });
    halfWay.resume();
    halfWay.once('close', () => closed.push('half-way'));
    await eventually(() => closed.length === 2);
    expect(node.refused('timeout')).toBe(2);
    expect(node.accepted).toHaveLength(0);
  });

  it('takes no peer without certificate, with an older TLS, or for another protocol', async () => {
    const node = await fixture.node();
    const identity = await ephemeralIdentity();
    const certified = { key: identity.keyPem, cert: identity.certificatePem };
    await tlsAttacker(node, {});
    await eventually(() => node.refused('certificate') === 1);
    await tlsAttacker(node, { ...certified, maxVersion: 'TLSv1.2' });
    await tlsAttacker(node, { ...certified, ALPNProtocols: ['http/1.1'] });
    await eventually(() => node.refused('tls') === 2);
    await tlsAttacker(node, { ...certified, ALPNProtocols: undefined });
    await eventually(() => node.refused('certificate') === 2);
    expect(node.accepted).toHaveLength(0);
    await expectService(node);
  });

  it('refuses requests that are none of the mesh, and stays', async () => {
    const node = await fixture.node();
    const identity = await ephemeralIdentity();
    const socket = await tlsAttacker(node, { key: identity.keyPem, cert: identity.certificatePem });
    const session = connectHttp2('https://localhost', { createConnection: () => socket });
    session.on('error', () => undefined);
    const codes: (number | undefined)[] = [];
    for (const headers of [
      { ':path': '/' },
      { ':method': 'POST', ':path': '/macula/1/stream' },
      { ':method': 'POST', ':path': '/macula/1/stream', 'macula-direction': 'sideways' },
    ]) {
      const request = session.request(headers);
      request.on('error', () => undefined);
      request.once('close', () => codes.push(request.rstCode));
    }
    await eventually(() => codes.length === 3);
    expect(codes).toEqual([7, 7, 7]);
    session.destroy();
    await expectService(node);
  });

  it('takes a bounded number of handshakes at once, and of each address in a while', async () => {
    const crowded = await fixture.node({ maxPending: 3 });
    for (let n = 0; n < 5; n += 1) attacker(crowded);
    await eventually(() => crowded.refused('pending') === 2);
    const strict = await fixture.node({
      handshakes: { burst: 2, perSecond: 0.001, includeLoopback: true },
    });
    for (let n = 0; n < 5; n += 1) attacker(strict);
    await eventually(() => strict.refused('budget') === 3);
  });

  it('closes connections beyond its limit as overloaded', async () => {
    const node = await fixture.node({ maxConnections: 1 });
    const friend = await fixture.node();
    await friend.backend.dial(node.backend.localAddress, { signal });
    await eventually(() => node.accepted.length === 1);
    const second = await friend.backend.dial(node.backend.localAddress, { signal });
    let end: ConnectionEnd | undefined;
    second.onClose((given) => (end = given));
    await eventually(() => end !== undefined);
    expect(end).toMatchObject({ code: 0x0a, remote: true });
    expect(node.accepted).toHaveLength(1);
  });

  it('ends its connections with shutdown when it stops', async () => {
    const { a, left, right } = await pair();
    let end: ConnectionEnd | undefined;
    right.onClose((given) => (end = given));
    await Promise.all([a.backend.stop(), a.backend.stop()]);
    await eventually(() => end !== undefined);
    expect(end).toMatchObject({ code: 0x0b, remote: true });
    expect(left.openStream()).toBeUndefined();
  });
});
