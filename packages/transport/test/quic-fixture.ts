import {
  type DatagramSocket,
  type Metrics,
  type NodeId,
  systemClock,
  systemRandom,
} from '@macula/core';
import { certificateDer, ephemeralIdentity, nodeIdOfCertificate } from '@macula/identity';
import {
  type MemoryDatagramNetwork,
  memoryDatagramNetwork,
  type MemoryDatagramNetworkOptions,
} from '@macula/testkit';
import type { ByteStream, Connection } from '../src/connection.ts';
import {
  type BackendIdentity,
  createQuicBackend,
  type QuicBackend,
  type QuicBackendOptions,
} from '../src/quic/create-quic-backend.ts';
import { Turn } from '../src/turn.ts';

export interface QuicNode {
  readonly backend: QuicBackend;
  readonly identity: BackendIdentity;
  readonly nodeId: NodeId;
  readonly socket: DatagramSocket;
  /** Connections that peers have opened, in order. */
  readonly accepted: Connection[];
}

export interface QuicFixture {
  readonly network: MemoryDatagramNetwork;
  node(
    options?: QuicBackendOptions & {
      identity?: BackendIdentity;
      socket?: DatagramSocket;
      metrics?: Metrics;
    },
  ): Promise<QuicNode>;
  /** Two nodes and the connection from `a` to `b`, as each of them has it. */
  pair(): Promise<{ a: QuicNode; b: QuicNode; left: Connection; right: Connection }>;
  stop(): Promise<void>;
}

/** Real QUIC over a network in memory, in real time. */
export function quicFixture(conditions: MemoryDatagramNetworkOptions = {}): QuicFixture {
  const network = memoryDatagramNetwork(conditions);
  const started: QuicBackend[] = [];
  return {
    network,
    async node(options = {}) {
      const {
        identity = await ephemeralIdentity(),
        socket = network.socket(),
        metrics,
        ...rest
      } = options;
      const backend = await createQuicBackend(
        {
          identity,
          socket,
          clock: systemClock,
          random: systemRandom,
          turn: new Turn(),
          allowance: { take: () => true },
          ...(metrics === undefined ? {} : { metrics }),
        },
        rest,
      );
      await backend.start();
      started.push(backend);
      const accepted: Connection[] = [];
      backend.onConnection((connection) => accepted.push(connection));
      const nodeId = nodeIdOfCertificate(certificateDer(identity.certificatePem));
      return { backend, identity, nodeId, socket, accepted };
    },
    async pair() {
      const a = await this.node();
      const b = await this.node();
      const left = await dial(a, b);
      const right = await eventually('the accepted connection', () => b.accepted[0]);
      return { a, b, left, right };
    },
    async stop() {
      await Promise.all(started.map((backend) => backend.stop()));
    },
  };
}

/** Polls in real time until `condition` gives something true; fails after `limitMs`. */
export async function eventually<T>(
  what: string,
  condition: () => T | undefined | false,
  limitMs = 8_000,
): Promise<T> {
  const until = systemClock.now() + limitMs;
  for (;;) {
    const value = condition();
    if (value !== undefined && value !== false) return value;
    if (systemClock.now() > until) throw new Error(`gave up waiting: ${what}`);
    await new Promise<void>((resolve) => {
      systemClock.setTimer(resolve, 2);
    });
  }
}

export function dial(from: QuicNode, to: QuicNode, sessionKey?: string): Promise<Connection> {
  return from.backend.dial(to.backend.localAddress, {
    signal: AbortSignal.timeout(5_000),
    ...(sessionKey === undefined ? {} : { sessionKey }),
  });
}

/** Everything a stream delivers, and how it ended. */
export interface StreamRecord {
  readonly stream: ByteStream;
  readonly chunks: Buffer[];
  text(): string;
  ended: boolean;
  resetCode: number | undefined | 'none';
}

export function record(stream: ByteStream): StreamRecord {
  const chunks: Buffer[] = [];
  const result: StreamRecord = {
    stream,
    chunks,
    text: () => Buffer.concat(chunks).toString(),
    ended: false,
    resetCode: 'none',
  };
  stream.onData((bytes, start, end) => chunks.push(Buffer.from(bytes.subarray(start, end))));
  stream.onEnd(() => {
    result.ended = true;
  });
  stream.onReset((code) => {
    result.resetCode = code;
  });
  return result;
}

/** Records every stream that the peer opens on `connection`. */
export function recordStreams(connection: Connection): StreamRecord[] {
  const records: StreamRecord[] = [];
  connection.onStream((stream) => records.push(record(stream)));
  return records;
}

export function open(connection: Connection): ByteStream {
  const stream = connection.openStream();
  if (stream === undefined) throw new Error('no stream could be opened');
  return stream;
}

/** Writes all of `data`, as flow control allows, and ends the stream. */
export function writeAll(connection: Connection, stream: ByteStream, data: Buffer): void {
  let offset = 0;
  const go = (): void => {
    offset += stream.write(data, offset, data.length);
    if (offset === data.length) stream.end();
    connection.flush();
  };
  stream.onWritable(go);
  go();
}
