import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Clock,
  InvalidArgumentError,
  type Logger,
  silentLogger,
  type Timer,
} from '@macula/core';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { WampEntrance } from '../router.ts';
import { serializerFor } from '../serializer/serializers.ts';
import { TurnEnd } from './turn-end.ts';
import { WebSocketTransport } from './websocket-transport.ts';

export interface WampServerOptions {
  readonly clock: Clock;
  readonly logger?: Logger | undefined;
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** TCP port; 0 takes any free one. */
  readonly port: number;
  /** Where the WebSocket is. Default `/ws`. */
  readonly path?: string;
  /** Largest message of a client in bytes. Default 1 MiB. */
  readonly maxMessageBytes?: number;
  /** Connections at one time, joined or not; more are closed at once. Default 10,000. */
  readonly maxConnections?: number;
  /** Milliseconds between pings; a client that answers none of them in that time is disconnected. Default 30,000. */
  readonly pingIntervalMs?: number;
}

export interface WampServer {
  readonly port: number;
  /** Takes no more clients, stops the router (or all of them), and resolves when all have gone. Idempotent. */
  stop(): Promise<void>;
}

/** Serves a router, or several behind `switchRealms`, to WebSocket clients. Starts it. Throws InvalidArgumentError where the port cannot be listened on. */
export async function startWampServer(
  router: WampEntrance,
  options: WampServerOptions,
): Promise<WampServer> {
  const endpoint = new WebSocketEndpoint(router, options);
  await endpoint.listen(options.port, options.host ?? '127.0.0.1');
  try {
    await router.start();
  } catch (error) {
    await endpoint.stop();
    throw error;
  }
  return endpoint;
}

class WebSocketEndpoint implements WampServer {
  readonly #router: WampEntrance;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #http: Server;
  readonly #webSockets: WebSocketServer;
  readonly #turnEnd: TurnEnd;
  readonly #silent = new Set<WebSocket>();
  readonly #pingIntervalMs: number;
  readonly #maxConnections: number;
  #pinging: Timer | undefined;
  #stopping: Promise<void> | undefined;

  constructor(router: WampEntrance, options: WampServerOptions) {
    const { maxMessageBytes = 1 << 20, path = '/ws' } = options;
    this.#router = router;
    this.#clock = options.clock;
    this.#turnEnd = new TurnEnd(options.clock);
    this.#logger = options.logger ?? silentLogger;
    this.#pingIntervalMs = options.pingIntervalMs ?? 30_000;
    this.#maxConnections = options.maxConnections ?? 10_000;
    this.#http = createServer((_, response) => {
      response.writeHead(426, { 'content-type': 'text/plain' }).end(`WAMP is at ${path}\n`);
    });
    this.#webSockets = new WebSocketServer({
      server: this.#http,
      path,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      handleProtocols: (offered) => serializerFor(offered)?.subprotocol ?? false,
    });
    this.#webSockets.on('connection', (webSocket, request) => this.#accept(webSocket, request));
    this.#webSockets.on('error', (error) =>
      this.#logger.error({ error }, 'the WAMP server failed'),
    );
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  listen(port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const refused = (cause: Error): void => {
        const message = `WAMP clients cannot be served at ${host}, port ${port}: ${cause.message}`;
        reject(new InvalidArgumentError(message, { cause }));
      };
      this.#http.once('error', refused);
      this.#http.listen(port, host, () => {
        this.#http.off('error', refused);
        this.#ping();
        resolve();
      });
    });
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#pinging?.cancel();
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    await this.#router.stop();
    this.#http.closeIdleConnections();
    await closed;
    this.#webSockets.close();
  }

  #accept(webSocket: WebSocket, request: IncomingMessage): void {
    const { logger, clock } = { logger: this.#logger, clock: this.#clock };
    const serializer = serializerFor([webSocket.protocol]);
    webSocket.on('error', (error) => logger.debug({ error }, 'a WAMP client broke the WebSocket'));
    if (serializer === undefined || this.#webSockets.clients.size > this.#maxConnections) {
      webSocket.close(serializer === undefined ? 1002 : 1013);
      return;
    }
    const { socket } = request;
    const peer = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`;
    const turnEnd = this.#turnEnd;
    const carrier = { webSocket, socket, serializer, peer };
    const transport = new WebSocketTransport({ ...carrier, clock, turnEnd });
    const connection = this.#router.connect(transport);
    webSocket.on('message', (data, isBinary) => {
      turnEnd.whileReading(() => connection.receive(messageOf(data, isBinary)));
    });
    webSocket.on('pong', () => this.#silent.delete(webSocket));
    webSocket.once('close', () => {
      this.#silent.delete(webSocket);
      connection.lost();
    });
  }

  /** Ends clients that did not answer the last ping, and pings the others. */
  #ping(): void {
    for (const webSocket of this.#webSockets.clients) {
      if (this.#silent.has(webSocket)) webSocket.terminate();
      else if (webSocket.readyState === webSocket.OPEN) {
        this.#silent.add(webSocket);
        webSocket.ping();
      }
    }
    this.#pinging = this.#clock.setTimer(() => this.#ping(), this.#pingIntervalMs, {
      background: true,
    });
  }
}

function messageOf(data: RawData, isBinary: boolean): string | Uint8Array {
  // `ws` gives a Buffer, unless `binaryType` is changed.
  const bytes = data as Buffer;
  return isBinary ? bytes : bytes.toString('utf8');
}
