import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import {
  type Address,
  type Counter,
  type DatagramListener,
  type DatagramSocket,
  formatAddress,
  InvalidArgumentError,
  type Metrics,
  noMetrics,
  type Unsubscribe,
} from '@macula/core';

export interface UdpSocketOptions {
  /** IP address to bind; `::` (default) takes IPv4 and IPv6 where the system has both. */
  readonly host?: string;
  /** 0 (default): any free port. */
  readonly port?: number;
  /** Kernel buffers in bytes; default 4 MiB, silently capped by the system's limits. */
  readonly bufferBytes?: number;
  readonly metrics?: Metrics;
}

const mappedPrefix = '::ffff:';

/** Binds a UDP socket. Throws InvalidArgumentError when the address cannot be bound. */
export async function bindUdpSocket(options: UdpSocketOptions = {}): Promise<DatagramSocket> {
  const host = options.host ?? '::';
  const bind = (to: string): Promise<Socket> =>
    bindSocket(to, options.port ?? 0, options.bufferBytes ?? 4 << 20);
  let socket: Socket;
  try {
    socket = await bind(host);
  } catch (error) {
    // A kernel without IPv6 has no `::`.
    if (host !== '::' || (error as NodeJS.ErrnoException).code === 'EADDRINUSE')
      throw bindError(host, options.port ?? 0, error);
    socket = await bind('0.0.0.0').catch((cause: unknown) => {
      throw bindError('0.0.0.0', options.port ?? 0, cause);
    });
  }
  return new UdpSocket(socket, options.metrics ?? noMetrics);
}

function bindError(host: string, port: number, cause: unknown): InvalidArgumentError {
  const reason =
    (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
      ? 'the port is in use: choose another, or 0 for any'
      : String(cause);
  return new InvalidArgumentError(`cannot bind UDP ${formatAddress({ host, port })}: ${reason}`, {
    cause,
  });
}

function bindSocket(host: string, port: number, bufferBytes: number): Promise<Socket> {
  const family = isIPv6(host) ? 6 : 4;
  const socket = createSocket({
    type: `udp${family}`,
    recvBufferSize: bufferBytes,
    sendBufferSize: bufferBytes,
    // Addresses are numeric and of the socket's family here: the default lookup would cost a trip
    // through the resolver per packet, and finding out the family a long regular expression.
    lookup: (name, _options, callback) => {
      callback(null, name, family);
    },
  });
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      socket.close();
      reject(error);
    };
    socket.once('error', fail);
    socket.bind(port, host, () => {
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

class UdpSocket implements DatagramSocket {
  readonly localAddress: Address;
  private readonly listeners = new Set<DatagramListener>();
  private readonly dualStack: boolean;
  private readonly errors: Counter;
  private readonly socket: Socket;
  private closing: Promise<void> | undefined;

  constructor(socket: Socket, metrics: Metrics) {
    this.socket = socket;
    const bound = socket.address();
    this.localAddress = { host: bound.address, port: bound.port };
    this.dualStack = bound.family === 'IPv6';
    this.errors = metrics.counter({
      name: 'macula_udp_errors_total',
      help: 'Errors that the system reported for the UDP socket',
    });
    socket.on('message', (bytes, from) => {
      const host = from.address.startsWith(mappedPrefix)
        ? from.address.slice(mappedPrefix.length)
        : from.address;
      const address = { host, port: from.port };
      for (const listener of this.listeners) listener(bytes, address);
    });
    // ICMP errors and full buffers: packets are lost, as on any network, and QUIC repairs it.
    socket.on('error', () => {
      this.errors.inc();
    });
  }

  send(bytes: Uint8Array, to: Address): void {
    if (this.closing !== undefined) return;
    const host = this.dualStack && !to.host.includes(':') ? mappedPrefix + to.host : to.host;
    // No callback: a failed send is a lost packet, and a successful one costs no tick.
    this.socket.send(bytes, to.port, host);
  }

  onMessage(listener: DatagramListener): Unsubscribe {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  close(): Promise<void> {
    this.closing ??= new Promise((resolve) => {
      this.socket.close(resolve);
    });
    return this.closing;
  }
}
