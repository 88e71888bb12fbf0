import { describe, expect, test } from '@jest/globals';
import {
  LinkCloseCode,
  type LinkCloseReason,
  type LinkStream,
  NodeId,
  silentLogger,
  TimerWheel,
} from '@macula/core';
import { virtualClock } from '@macula/testkit';
import {
  FrameDecoder,
  FrameKind,
  FrameWriter,
  Goodbye,
  Ping,
  StreamOpen,
  StreamOpen_Use,
} from '@macula/wire';
import { memoryConnectionPair } from '../../test/memory-connection.ts';
import type { ByteStream } from '../connection.ts';
import { Turn } from '../turn.ts';
import { ChunkPool } from './chunk-pool.ts';
import { linkFactory } from './connection-link.ts';
import { defaultLinkLimits } from './link-context.ts';
import type { ManagedLink } from './managed-link.ts';

const peer = NodeId.fromBytes(new Uint8Array(32).fill(1));
const nothing = new Uint8Array();

/** A link on one end of a connection, and at the other somebody who may say anything. */
function linkWithStranger(options: { linkDials: boolean; maxFrameBytes?: number }) {
  const clock = virtualClock();
  const address = { host: '192.0.2.1', port: 1 };
  const ends = memoryConnectionPair(
    { clock, protocol: 'quic', latencyMs: 1 },
    { certificate: undefined, address },
    { certificate: undefined, address },
  );
  const [near, far] = options.linkDials ? ends : [ends[1], ends[0]];
  const frames: number[] = [];
  const streams: LinkStream[] = [];
  const far_streams: ByteStream[] = [];
  const said: { kind: number; header: Uint8Array }[] = [];
  const decoder = new FrameDecoder();
  const listen = (stream: ByteStream): void => {
    far_streams.push(stream);
    stream.onData((bytes, start, end) => {
      decoder.push(bytes, start, end, (frame) => {
        said.push({
          kind: frame.kind,
          header: frame.bytes.slice(frame.headerStart, frame.headerEnd),
        });
      });
    });
  };
  far.onStream(listen);
  const create = linkFactory({
    clock,
    timers: new TimerWheel(clock),
    turn: new Turn(),
    logger: silentLogger,
    chunks: new ChunkPool(),
    writer: new FrameWriter(),
    limits: { ...defaultLinkLimits, maxFrameBytes: options.maxFrameBytes ?? 1_000 },
  });
  const hello = [{ kind: FrameKind.hello, header: nothing }];
  const link: ManagedLink = create({
    connection: near,
    peer,
    greeting: {
      opening: () => (options.linkDials ? hello : []),
      receive: () => ({
        messages: options.linkDials ? [] : hello,
        result: { version: 1, features: new Set<string>(), addresses: [], agent: 'stranger' },
      }),
    },
    handlers: {
      admit: () => undefined,
      opened: () => undefined,
      frame: (_link, frame) => frames.push(frame.kind),
      request: (_link, _kind, body) => body,
      stream: (_link, stream) => {
        if (stream.kind === 0x7d) throw new Error('nobody takes this');
        streams.push(stream);
      },
    },
  });
  const reasons: LinkCloseReason[] = [];
  link.onClose((reason) => reasons.push(reason));
  const writer = new FrameWriter();
  const say = (stream: ByteStream, kind: number, header: Uint8Array = nothing): void => {
    const frame = writer.empty().frame(kind, header);
    stream.write(frame.bytes, frame.start, frame.end);
  };
  const open = (use: StreamOpen_Use, kind = 0): ByteStream => {
    const stream = far.openStream() as ByteStream;
    // The far end reads what the link answers on it.
    listen(stream);
    say(stream, FrameKind.streamOpen, StreamOpen.encode({ use, kind, header: nothing }).finish());
    return stream;
  };
  return {
    clock,
    link,
    far,
    frames,
    streams,
    said,
    reasons,
    farStreams: far_streams,
    say,
    open,
    /** The three shared streams, greeted: the link is open. */
    async greet() {
      const shared = [StreamOpen_Use.CONTROL, StreamOpen_Use.EVENTS, StreamOpen_Use.CALLS].map(
        (use) => open(use),
      );
      say(shared[0] as ByteStream, FrameKind.hello);
      await clock.advance(10);
      expect(reasons).toEqual([]);
      expect(link.state).toBe('open');
      return shared as [ByteStream, ByteStream, ByteStream];
    },
  };
}

describe('a link closes with protocolViolation when the peer', () => {
  const offences: [
    string,
    (stranger: ReturnType<typeof linkWithStranger>) => Promise<void> | void,
  ][] = [
    [
      'begins a stream with another frame than StreamOpen',
      ({ far, say }) => say(far.openStream() as ByteStream, FrameKind.event),
    ],
    [
      'sends bytes that are no frames',
      ({ open }) => open(StreamOpen_Use.CONTROL).write(Uint8Array.of(2, 1, 200), 0, 3),
    ],
    ['announces a use that does not exist', ({ open }) => void open(99 as StreamOpen_Use)],
    [
      'sends a frame before the greeting',
      ({ open, say }) => {
        say(open(StreamOpen_Use.CONTROL), FrameKind.peers);
      },
    ],
    [
      'sends a request before the greeting',
      ({ open, say }) => {
        say(open(StreamOpen_Use.CONTROL), FrameKind.request);
      },
    ],
    [
      'opens a second control stream',
      ({ open }) => {
        open(StreamOpen_Use.CONTROL);
        open(StreamOpen_Use.CONTROL);
      },
    ],
    [
      'opens too many streams before the greeting',
      ({ open }) => {
        for (let i = 0; i < 20; i++) open(StreamOpen_Use.OWN, 5);
      },
    ],
    [
      'greets a second time',
      async ({ greet, say }) => {
        const [control] = await greet();
        say(control, FrameKind.hello);
      },
    ],
    [
      'opens a stream inside a stream',
      async ({ greet, say }) => {
        const [control] = await greet();
        say(control, FrameKind.streamOpen);
      },
    ],
    [
      'resets a shared stream',
      async ({ greet }) => {
        const [, events] = await greet();
        events.reset(3);
      },
    ],
    [
      'ends its streams without a goodbye',
      async ({ greet }) => {
        for (const stream of await greet()) stream.end();
      },
    ],
    [
      'sends a datagram that is no frame',
      async ({ greet, far }) => {
        await greet();
        far.sendDatagram(Uint8Array.of(5, 1, 0));
      },
    ],
  ];

  test.each(offences)('%s', async (_what, offend) => {
    const stranger = linkWithStranger({ linkDials: false });
    await offend(stranger);
    await stranger.clock.advance(20);
    expect(stranger.reasons).toMatchObject([
      { code: LinkCloseCode.protocolViolation, remote: false },
    ]);
    expect(stranger.link.state).toBe('closed');
    expect(stranger.clock.pendingTimers).toBe(0);
  });

  test.each([
    ['opens a shared stream though it was dialled', StreamOpen_Use.EVENTS],
    ['sends ahead of the handshake though it was dialled', StreamOpen_Use.EARLY],
  ])('%s', async (_what, use) => {
    const { clock, open, reasons } = linkWithStranger({ linkDials: true });
    open(use);
    await clock.advance(20);
    expect(reasons).toMatchObject([{ code: LinkCloseCode.protocolViolation, remote: false }]);
  });
});

describe('a link', () => {
  test('closes with frameTooLarge for a frame beyond its limit', async () => {
    const { clock, greet, say, reasons } = linkWithStranger({
      linkDials: false,
      maxFrameBytes: 100,
    });
    const [, events] = await greet();
    say(events, FrameKind.event, new Uint8Array(200));
    await clock.advance(20);
    expect(reasons).toMatchObject([{ code: LinkCloseCode.frameTooLarge, remote: false }]);
  });

  test('holds streams that come before the greeting is over, and hands them on then, in order', async () => {
    const { clock, open, say, streams, frames, reasons, greet } = linkWithStranger({
      linkDials: false,
    });
    const early = open(StreamOpen_Use.OWN, 0x60);
    say(early, 0x61);
    const ahead = open(StreamOpen_Use.EARLY);
    say(ahead, 0x62);
    await clock.advance(20);
    expect([streams.length, frames.length]).toEqual([0, 0]);
    await greet();
    expect(frames).toEqual([0x62]);
    expect(streams.map(({ kind }) => kind)).toEqual([0x60]);
    const received: number[] = [];
    streams[0]?.onFrame((frame) => received.push(frame.kind));
    expect(received).toEqual([0x61]);
    expect(reasons).toEqual([]);
  });

  test('resets a stream that nobody takes, and goes on', async () => {
    const { clock, greet, open, link, farStreams } = linkWithStranger({ linkDials: false });
    await greet();
    open(StreamOpen_Use.OWN, 0x7d);
    const codes: (number | undefined)[] = [];
    farStreams.at(-1)?.onReset((code) => codes.push(code));
    await clock.advance(20);
    expect(codes).toEqual([LinkCloseCode.internal]);
    expect(link.state).toBe('open');
  });

  test('answers pings, and measures the round trip by its own', async () => {
    const { clock, greet, say, said, link } = linkWithStranger({ linkDials: false });
    const [control] = await greet();
    say(control, FrameKind.ping, Ping.encode({ nonce: 77n }).finish());
    await clock.advance(10);
    const pong = said.find(({ kind }) => kind === FrameKind.pong);
    expect(Ping.decode(pong?.header as Uint8Array).nonce).toBe(77n);
    link.ping();
    link.ping();
    await clock.advance(10);
    const pings = said.filter(({ kind }) => kind === FrameKind.ping);
    expect(pings).toHaveLength(1);
    await clock.advance(20);
    say(control, FrameKind.pong, Ping.encode({ nonce: 999n }).finish());
    say(control, FrameKind.pong, pings[0]?.header);
    await clock.advance(10);
    expect(link.rtt).toBeGreaterThan(25);
  });

  test('takes no frame of the greeting for a frame of its user', async () => {
    const { clock, greet, say, frames } = linkWithStranger({ linkDials: false });
    const [control, events, calls] = await greet();
    say(control, FrameKind.peers);
    say(events, FrameKind.event);
    say(calls, FrameKind.call);
    await clock.advance(10);
    expect(frames).toEqual([FrameKind.peers, FrameKind.event, FrameKind.call]);
  });

  test('closes with the reason of a goodbye once every stream has ended', async () => {
    const { clock, greet, say, reasons } = linkWithStranger({ linkDials: false });
    const shared = await greet();
    say(shared[0], FrameKind.goodbye, Goodbye.encode({ code: 8, message: 'idle' }).finish());
    shared[0].end();
    shared[1].end();
    await clock.advance(10);
    expect(reasons).toEqual([]);
    say(shared[2], FrameKind.call);
    shared[2].end();
    await clock.advance(10);
    expect(reasons).toEqual([{ code: 8, message: 'idle', remote: true }]);
  });

  test('gives a peer that does not answer a goodbye one second', async () => {
    const { clock, greet, link, said } = linkWithStranger({ linkDials: false });
    await greet();
    const closed = link.close(LinkCloseCode.idle, 'idle');
    await clock.advance(10);
    expect(link.state).toBe('closing');
    expect(said.some(({ kind }) => kind === FrameKind.goodbye)).toBe(true);
    await clock.advance(1_000);
    await closed;
    expect(link.state).toBe('closed');
    expect(clock.pendingTimers).toBe(0);
  });

  test('sends nothing of its user before the greeting, and says when it may', async () => {
    const { clock, greet, link, said } = linkWithStranger({ linkDials: false });
    const writer = new FrameWriter();
    let room = 0;
    link.onDrain('events', () => room++);
    expect(link.send(writer.empty().frame(FrameKind.event, nothing))).toBe(false);
    expect(() => link.openStream(0x60, nothing)).toThrow('early');
    expect(link.sendDatagram(writer.empty().frame(FrameKind.event, nothing))).toBe(false);
    await greet();
    expect(room).toBe(1);
    expect(link.send(writer.empty().frame(FrameKind.event, nothing))).toBe(true);
    await clock.advance(10);
    expect(said.map(({ kind }) => kind)).toContain(FrameKind.event);
  });
});
