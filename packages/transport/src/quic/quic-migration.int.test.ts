import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  dial,
  eventually,
  open,
  quicFixture,
  type QuicFixture,
  record,
  recordStreams,
} from '../../test/quic-fixture.ts';
import type { ByteStream, Connection } from '../connection.ts';

let fixture: QuicFixture;

beforeEach(() => {
  fixture = quicFixture();
});

afterEach(() => fixture.stop());

/** A pair of which one has said 'one ' and the other has heard it. */
async function inConversation() {
  const pair = await fixture.pair();
  const streams = recordStreams(pair.right);
  const stream = open(pair.left);
  say(pair.left, stream, 'one ');
  const heard = await eventually('the stream', () => streams[0]?.text() === 'one ' && streams[0]);
  return { ...pair, stream, heard };
}

function say(connection: Connection, stream: ByteStream, text: string): void {
  stream.write(Buffer.from(text), 0, text.length);
  connection.flush();
}

describe('migration', () => {
  test('is followed when a NAT gives the peer another address', async () => {
    const { a, left, right, stream, heard } = await inConversation();
    fixture.network.rebind(a.socket, { host: '198.51.100.7', port: 4_242 });
    say(left, stream, 'two');
    await eventually('what came from the new address', () => heard.text() === 'one two');
    await eventually('the new address', () => right.remoteAddress.host === '198.51.100.7');
    const answer = record(stream);
    say(right, heard.stream, 'back');
    await eventually('an answer to the new address', () => answer.text() === 'back');
  });

  test('is initiated when the backend moves to another socket', async () => {
    const { a, left, right, stream, heard } = await inConversation();
    const next = fixture.network.socket({ host: '198.51.100.9', port: 999 });
    const moved = a.backend.migrate(next, 50);
    await eventually('the peer to follow', () => right.remoteAddress.port === 999);
    say(left, stream, 'two');
    await eventually('bytes on the new path', () => heard.text() === 'one two');
    await moved;
    expect(a.backend.localAddress).toEqual(next.localAddress);
  });

  test('is initiated for connections that have only just opened, and for dials under way', async () => {
    fixture = quicFixture({ latencyMs: 5 });
    const a = await fixture.node();
    const b = await fixture.node();
    const left = await dial(a, b);
    const later = dial(a, b);
    const next = fixture.network.socket({ host: '198.51.100.9', port: 999 });
    const moved = a.backend.migrate(next, 2_000);
    for (const [index, connection] of [left, await later].entries()) {
      const accepted = await eventually('the acceptor', () => b.accepted[index]);
      await eventually('the peer to follow', () => accepted.remoteAddress.port === 999);
      const streams = recordStreams(accepted);
      say(connection, open(connection), 'here');
      await eventually('bytes on the new path', () => streams[0]?.text() === 'here');
    }
    await moved;
  });

  test('goes on meanwhile over the socket that is being left, which closes with the backend', async () => {
    const { a, left, right } = await fixture.pair();
    const next = fixture.network.socket({ host: '198.51.100.9', port: 999 });
    fixture.network.blackhole(next.localAddress);
    const moved = a.backend.migrate(next, 60_000);
    const streams = recordStreams(right);
    say(left, open(left), 'still here');
    await eventually('bytes on the former path', () => streams[0]?.text() === 'still here');
    await a.backend.stop();
    await moved;
  });
});
