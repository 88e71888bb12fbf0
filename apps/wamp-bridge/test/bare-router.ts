import { once } from 'node:events';
import { type WebSocket, WebSocketServer } from 'ws';

export type Message = readonly unknown[];
/** Answers a message; false leaves it to the router's own way. */
export type Answer = (
  message: Message,
  say: (...message: unknown[]) => void,
  socket: WebSocket,
) => boolean | undefined;

interface Listed {
  readonly uri: string;
  readonly match?: string;
}

/** Session of the client to which all belongs that a bare router tells of. */
const somebody = 1;

/**
 * A WebSocket that speaks just enough WAMP for a bridge: agrees to everything, passes nothing on, and tells by its meta API of
 * `subscriptions` and `registrations`, whose IDs are their places. `answer` may see to it that it misbehaves.
 */
export class BareRouter {
  readonly realm = 'realm1';
  readonly dialect = 'full';
  subscriptions: readonly Listed[] = [];
  registrations: readonly Listed[] = [];
  answer: Answer = () => false;
  /** Connections that were made so far. */
  connections = 0;
  readonly #server: WebSocketServer;
  #lastId = 1_000_000;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.connections++;
      socket.on('message', (data: Buffer) => this.#heard(socket, JSON.parse(String(data))));
    });
  }

  static async start(): Promise<BareRouter> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    return new BareRouter(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Connections that are open. */
  get open(): number {
    return this.#server.clients.size;
  }

  /** Says something that nobody has asked for. */
  sayToAll(...message: unknown[]): void {
    for (const socket of this.#server.clients) socket.send(JSON.stringify(message));
  }

  async stop(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #heard(socket: WebSocket, message: Message): void {
    const say = (...said: unknown[]): void => socket.send(JSON.stringify(said));
    if (this.answer(message, say, socket) === true) return;
    const [kind, request] = message;
    const id = ++this.#lastId;
    if (kind === 1) say(2, id, { roles: { broker: {}, dealer: {} } });
    else if (kind === 6) say(6, {}, 'wamp.close.goodbye_and_out');
    else if (kind === 16) say(17, request, id);
    else if (kind === 32) say(33, request, id);
    else if (kind === 34) say(35, request);
    else if (kind === 48) say(50, request, {}, [this.#told(String(message[3]), message[4])]);
    else if (kind === 64) say(65, request, id);
    else if (kind === 66) say(67, request);
  }

  #told(procedure: string, args: unknown): unknown {
    const table = procedure.includes('subscription') ? this.subscriptions : this.registrations;
    const id = Number((args as unknown[] | undefined)?.[0]);
    if (procedure.endsWith('.list')) return { exact: table.map((_, place) => place) };
    return procedure.endsWith('.get') ? { id, match: 'exact', ...table[id] } : [somebody];
  }
}
