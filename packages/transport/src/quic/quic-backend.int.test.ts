import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AbortedError, PeerUnreachableError, systemClock } from '@macula/core';
import { ephemeralIdentity, nodeIdOfCertificate } from '@macula/identity';
import {
  dial,
  eventually,
  open,
  quicFixture,
  type QuicFixture,
  type QuicNode,
  record,
  recordStreams,
  writeAll,
} from '../../test/quic-fixture.ts';

let fixture: QuicFixture;

beforeEach(() => {
  fixture = quicFixture();
});

afterEach(() => fixture.stop());

describe('a QUIC connection', () => {
  test('shows each side the certificate whose key the other has proven', async () => {
    const { a, b, left, right } = await fixture.pair();
    expect(nodeIdOfCertificate(left.peerCertificate as Uint8Array).equals(b.nodeId)).toBe(true);
    expect(nodeIdOfCertificate(right.peerCertificate as Uint8Array).equals(a.nodeId)).toBe(true);
    expect([left.initiator, right.initiator]).toEqual([true, false]);
    expect([left.confirmed, right.confirmed]).toEqual([true, true]);
  });

  test('joins a P-256 and an Ed25519 node', async () => {
    const a = await fixture.node({ identity: await ephemeralIdentity({ algorithm: 'Ed25519' }) });
    const b = await fixture.node();
    const there = await dial(a, b);
    const back = await dial(b, a);
    expect(nodeIdOfCertificate(back.peerCertificate as Uint8Array).equals(a.nodeId)).toBe(true);
    expect(there.peerCertificate).toBeDefined();
  });

  test('carries streams both ways, opened by either side, and ends them one direction at a time', async () => {
    const { left, right } = await fixture.pair();
    const onRight = recordStreams(right);
    const onLeft = recordStreams(left);
    const mine = open(left);
    const answers = record(mine);
    mine.write(Buffer.from('ask'), 0, 3);
    mine.end();
    left.flush();
    const asked = await eventually('the question', () =>
      onRight[0]?.ended === true ? onRight[0] : false,
    );
    expect(asked.text()).toBe('ask');
    asked.stream.write(Buffer.from('answer'), 0, 6);
    asked.stream.end();
    right.flush();
    await eventually('the answer', () => answers.ended);
    expect(answers.text()).toBe('answer');
    const theirs = open(right);
    theirs.write(Buffer.from('hello'), 0, 5);
    right.flush();
    await eventually('a stream of the acceptor', () => onLeft[0]?.text() === 'hello');
  });

  test('takes two packets for a question and an answer that takes a while, once it has settled', async () => {
    const { a, b, left, right } = await fixture.pair();
    const question = open(left);
    right.onStream((stream) => {
      stream.onData((bytes, start, end) => {
        const answer = Buffer.from(bytes.subarray(start, end));
        systemClock.defer(() => stream.write(answer, 0, answer.length));
      });
    });
    let answered = 0;
    const all = new Promise<void>((resolve) => {
      question.onData(() => {
        if (++answered === 250) resolve();
        else systemClock.defer(ask);
      });
    });
    const ask = (): void => {
      if (answered === 150) before = packets();
      question.write(Buffer.from('?'), 0, 1);
    };
    const packets = (): number =>
      fixture.network.stats(a.socket.localAddress, b.socket.localAddress).sent +
      fixture.network.stats(b.socket.localAddress, a.socket.localAddress).sent;
    let before = 0;
    ask();
    await all;
    expect(packets() - before).toBeGreaterThanOrEqual(200);
    // Now and then, on a busy machine often, 20 ms pass and an acknowledgement goes on its own; all would make 400.
    expect(packets() - before).toBeLessThan(360);
  });

  test('delivers two megabytes unharmed over a network that loses, repeats and reorders packets', async () => {
    fixture = quicFixture({ loss: 0.05, duplication: 0.05, reordering: 0.1, latencyMs: 1 });
    const { left, right } = await fixture.pair();
    const onRight = recordStreams(right);
    const data = randomBytes(2 << 20);
    writeAll(left, open(left), data);
    const received = await eventually(
      'all bytes',
      () => (onRight[0]?.ended === true ? onRight[0] : false),
      30_000,
    );
    expect(Buffer.concat(received.chunks).equals(data)).toBe(true);
  }, 40_000);

  test('stops taking bytes when the reader pauses, and goes on when it resumes', async () => {
    const { left, right } = await fixture.pair();
    let received = 0;
    let reader: { resume(): void } | undefined;
    right.onStream((stream) => {
      stream.onData((_bytes, start, end) => {
        received += end - start;
      });
      stream.pause();
      reader = stream;
    });
    const stream = open(left);
    const chunk = Buffer.alloc(1 << 20);
    let taken = 0;
    const total = 32 << 20;
    const pump = (): void => {
      for (;;) {
        const more = stream.write(chunk, 0, Math.min(chunk.length, total - taken));
        taken += more;
        if (more === 0 || taken === total) break;
      }
      left.flush();
    };
    stream.onWritable(pump);
    pump();
    await eventually('the stream', () => reader);
    let before = -1;
    await eventually('the window to fill', () => {
      const still = taken === before;
      before = taken;
      return still && taken > 0;
    });
    expect(taken).toBeLessThan(17 << 20);
    expect(received).toBeLessThan(1 << 20);
    reader?.resume();
    await eventually('everything', () => received === total, 20_000);
  }, 30_000);

  test('tells the peer the code of a reset, in both directions', async () => {
    const { left, right } = await fixture.pair();
    const onRight = recordStreams(right);
    const stream = open(left);
    const mine = record(stream);
    stream.write(Buffer.from('x'), 0, 1);
    left.flush();
    const theirs = await eventually('the stream', () =>
      onRight[0]?.text() === 'x' ? onRight[0] : false,
    );
    stream.reset(7);
    await eventually('the reset', () => theirs.resetCode === 7);
    expect(mine.resetCode).toBe('none');
    expect(stream.write(Buffer.from('y'), 0, 1)).toBe(0);
  });

  test('carries datagrams that fit into a packet, and refuses others', async () => {
    const { left, right } = await fixture.pair();
    const seen: string[] = [];
    right.onDatagram((bytes, start, end) =>
      seen.push(Buffer.from(bytes.subarray(start, end)).toString()),
    );
    expect(left.sendDatagram(Buffer.from('probe'))).toBe(true);
    left.flush();
    await eventually('the datagram', () => seen[0] === 'probe');
    expect(left.maxDatagramSize).toBeGreaterThan(1_000);
    expect(left.sendDatagram(Buffer.alloc(2_000))).toBe(false);
  });

  test('tells the peer code and message of a close, loses its streams, and takes nothing more', async () => {
    const { left, right } = await fixture.pair();
    const onRight = recordStreams(right);
    const stream = open(left);
    const mine = record(stream);
    stream.write(Buffer.from('x'), 0, 1);
    left.flush();
    await eventually('the stream', () => onRight[0]);
    const ends: unknown[] = [];
    right.onClose((end) => ends.push(end));
    left.close(9, 'enough');
    await eventually('the close', () => ends.length === 1);
    expect(ends[0]).toEqual({ code: 9, message: 'enough', remote: true });
    expect(mine.resetCode).toBeUndefined();
    expect(onRight[0]?.resetCode).toBeUndefined();
    expect(left.openStream()).toBeUndefined();
    expect(right.openStream()).toBeUndefined();
    expect(left.sendDatagram(Buffer.from('x'))).toBe(false);
    let late: unknown;
    right.onClose((end) => {
      late = end;
    });
    expect(late).toEqual(ends[0]);
  });

  test('limits how many streams a peer may open', async () => {
    const a = await fixture.node();
    const b = await fixture.node({ maxStreams: 3 });
    const left = await dial(a, b);
    for (let i = 0; i < 3; i++) open(left).write(Buffer.from('x'), 0, 1);
    expect(left.openStream()).toBeUndefined();
  });

  test('gives up on a silent peer after the idle timeout', async () => {
    const a = await fixture.node({ idleTimeoutMs: 300 });
    const b = await fixture.node();
    const left = await dial(a, b);
    fixture.network.blackhole(b.socket.localAddress);
    const ends: unknown[] = [];
    left.onClose((end) => ends.push(end));
    await eventually('the timeout', () => ends.length === 1);
    expect(ends[0]).toEqual({
      code: undefined,
      message: 'no packet within the idle timeout',
      remote: false,
    });
  });
});

describe('dialling', () => {
  test('fails when nobody answers before the signal', async () => {
    const a = await fixture.node();
    const controller = new AbortController();
    const dialling = a.backend.dial({ host: '192.0.2.99', port: 9 }, { signal: controller.signal });
    controller.abort();
    await expect(dialling).rejects.toBeInstanceOf(AbortedError);
    await expect(
      a.backend.dial({ host: '192.0.2.99', port: 9 }, { signal: AbortSignal.abort() }),
    ).rejects.toBeInstanceOf(AbortedError);
  });

  test('fails when the backend stops meanwhile', async () => {
    const a = await fixture.node();
    const dialling = a.backend.dial(
      { host: '192.0.2.99', port: 9 },
      { signal: AbortSignal.timeout(5_000) },
    );
    const failed = expect(dialling).rejects.toBeInstanceOf(PeerUnreachableError);
    await a.backend.stop();
    await failed;
  });

  test('works from both sides at once', async () => {
    const a = await fixture.node();
    const b = await fixture.node();
    const [there, back] = await Promise.all([dial(a, b), dial(b, a)]);
    expect(there.peerCertificate).toBeDefined();
    expect(back.peerCertificate).toBeDefined();
  });

  test('goes on with a renewed certificate of the same key', async () => {
    const first = await ephemeralIdentity();
    const renewal = { listener: (): void => undefined };
    const identity = {
      keyPem: first.keyPem,
      certificatePem: first.certificatePem,
      onRenewed: (listener: () => void) => {
        renewal.listener = listener;
        return () => undefined;
      },
    };
    const a = await fixture.node({ identity });
    const b = await fixture.node();
    await dial(a, b);
    renewal.listener();
    const again = await dial(a, b);
    expect(again.confirmed).toBe(true);
  });
});

/** Connects, sees one round trip go by, which brings the ticket, and closes. */
async function visit(a: QuicNode, b: QuicNode): Promise<void> {
  const connection = await dial(a, b, 'peer');
  const accepted = await eventually('the acceptor', () => b.accepted[0]);
  const streams = recordStreams(accepted);
  open(connection).write(Buffer.from('x'), 0, 1);
  connection.flush();
  await eventually('the stream', () => streams[0]?.text() === 'x');
  connection.close(0, '');
}

describe('0-RTT', () => {
  test('serves the first byte of a reconnect before the handshake is complete', async () => {
    const a = await fixture.node();
    const b = await fixture.node();
    await visit(a, b);
    const second = await dial(a, b, 'peer');
    expect(second.confirmed).toBe(false);
    expect(nodeIdOfCertificate(second.peerCertificate as Uint8Array).equals(b.nodeId)).toBe(true);
    const stream = open(second);
    const answer = record(stream);
    stream.write(Buffer.from('early'), 0, 5);
    second.flush();
    const accepted = await eventually('the second connection', () => b.accepted[1]);
    expect(accepted.confirmed).toBe(false);
    expect(nodeIdOfCertificate(accepted.peerCertificate as Uint8Array).equals(a.nodeId)).toBe(true);
    const streams = recordStreams(accepted);
    await eventually('the early byte', () => streams[0]?.text() === 'early');
    streams[0]?.stream.write(Buffer.from('reply'), 0, 5);
    accepted.flush();
    await eventually('the reply', () => answer.text() === 'reply');
    let confirmations = 0;
    accepted.onConfirmed(() => confirmations++);
    await eventually('the handshake', () => accepted.confirmed && second.confirmed);
    expect(confirmations).toBe(1);
    second.onConfirmed(() => confirmations++);
    expect(confirmations).toBe(2);
  });

  test('falls back to a full handshake when the acceptor has restarted with other keys', async () => {
    const a = await fixture.node();
    const b = await fixture.node();
    const address = b.socket.localAddress;
    await visit(a, b);
    await b.backend.stop();
    const reborn = await fixture.node({
      identity: b.identity,
      socket: fixture.network.socket(address),
    });
    const second = await dial(a, reborn, 'peer');
    const stream = open(second);
    stream.write(Buffer.from('early'), 0, 5);
    second.flush();
    const accepted = await eventually('the connection', () => reborn.accepted[0]);
    const streams = recordStreams(accepted);
    await eventually('the bytes', () => streams[0]?.text() === 'early');
  });
});

describe('the backend', () => {
  test('is clear about use before start and after stop', async () => {
    const a = await fixture.node();
    const b = await fixture.node();
    await a.backend.stop();
    await a.backend.stop();
    expect(() => a.backend.localAddress).toThrow('not running');
    await expect(dial(a, b)).rejects.toThrow('not running');
  });

  test('closes every connection when it stops', async () => {
    const { b, left } = await fixture.pair();
    const ends: { code: number | undefined }[] = [];
    left.onClose((end) => ends.push(end));
    await b.backend.stop();
    await eventually('the goodbye', () => ends[0]?.code === 0x0b);
  });
});
