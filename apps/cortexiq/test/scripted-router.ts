import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

type Message = unknown[];

/** WAMP's numbers for the messages that are used here. */
const kind = {
  hello: 1,
  welcome: 2,
  abort: 3,
  goodbye: 6,
  error: 8,
  publish: 16,
  published: 17,
  subscribe: 32,
  subscribed: 33,
  event: 36,
  call: 48,
  result: 50,
  register: 64,
  registered: 65,
  invocation: 68,
  yield: 70,
} as const;

/** What a router answered an invocation's caller with. */
export interface Answer {
  readonly error?: string;
  readonly args: unknown;
  readonly kwargs: unknown;
}

/** A router with one client, that does what a test wants: also what routers should not do. */
export class ScriptedRouter {
  /** Published so far: topic, arguments, named arguments. */
  readonly published: Message[] = [];
  /** Calls so far: procedure, arguments, named arguments. */
  readonly called: Message[] = [];
  /** Sessions so far. */
  sessions = 0;
  /** Clients that it has not let in. */
  turnedAway = 0;
  /** Whether it answers to what clients ask. */
  answers = true;
  /** Whether it lets clients in, and how it sends them away. */
  door: 'open' | 'closed' | 'slammed' = 'open';
  /** What it answers calls with: named results, or an error's URI. */
  outcome: object | string = {};
  readonly #names = new Map<number, string>();
  #server: WebSocketServer;
  #socket: WebSocket | undefined;
  #port = 0;
  #ids = 0;
  readonly #invoked = new Map<number, (answer: Answer) => void>();

  private constructor(server: WebSocketServer) {
    this.#server = server;
    this.#serve();
  }

  static async start(): Promise<ScriptedRouter> {
    const router = new ScriptedRouter(listen(0));
    await once(router.#server, 'listening');
    router.#port = (router.#server.address() as AddressInfo).port;
    return router;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}/ws`;
  }

  /** What the client of now has subscribed to and registered, in this order. */
  get names(): string[] {
    return [...this.#names.values()];
  }

  event(topic: string, args: unknown[] | null, kwargs: object | null): void {
    this.#send([kind.event, this.#idOf(topic), ++this.#ids, {}, args, kwargs]);
  }

  invoke(procedure: string, kwargs: object): Promise<Answer> {
    const request = ++this.#ids;
    this.#send([kind.invocation, request, this.#idOf(procedure), {}, [], kwargs]);
    return new Promise((resolve) => this.#invoked.set(request, resolve));
  }

  goodbye(): void {
    this.#send([kind.goodbye, {}, 'wamp.close.system_shutdown']);
  }

  /** Ends it as kill -9 does. */
  async kill(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async restart(): Promise<void> {
    this.#server = listen(this.#port);
    this.#serve();
    await once(this.#server, 'listening');
  }

  #serve(): void {
    this.#server.on('connection', (socket) => {
      if (this.door === 'slammed') socket.terminate();
      this.#socket = socket;
      this.#names.clear();
      socket.on('message', (text: Buffer) => this.#onMessage(JSON.parse(String(text)) as Message));
    });
  }

  #onMessage(message: Message): void {
    const [type, request, , name, args, kwargs] = message;
    switch (type) {
      case kind.hello:
        if (this.door === 'closed') {
          this.turnedAway++;
          this.#send([kind.abort, {}, 'wamp.error.no_such_realm']);
          return;
        }
        this.sessions++;
        this.#send([kind.welcome, this.sessions, { roles: { broker: {}, dealer: {} } }]);
        return;
      case kind.goodbye:
        this.#send([kind.goodbye, {}, 'wamp.close.goodbye_and_out']);
        return;
      case kind.subscribe:
      case kind.register: {
        const id = ++this.#ids;
        this.#names.set(id, String(name));
        const done = type === kind.subscribe ? kind.subscribed : kind.registered;
        if (this.answers) this.#send([done, request, id]);
        return;
      }
      case kind.publish:
        this.published.push([name, args, kwargs]);
        if (this.answers) this.#send([kind.published, request, ++this.#ids]);
        return;
      case kind.call:
        this.called.push([name, args, kwargs]);
        if (!this.answers) return;
        if (typeof this.outcome === 'string') {
          this.#send([kind.error, kind.call, request, {}, this.outcome, ['said so'], { code: 7 }]);
        } else this.#send([kind.result, request, {}, [], this.outcome]);
        return;
      case kind.yield:
        this.#answered(request, { args: name, kwargs: args });
        return;
      case kind.error: {
        const [, , invocation, , uri, ...rest] = message;
        this.#answered(invocation, { error: String(uri), args: rest[0], kwargs: rest[1] });
        return;
      }
    }
  }

  #answered(request: unknown, answer: Answer): void {
    this.#invoked.get(Number(request))?.(answer);
    this.#invoked.delete(Number(request));
  }

  #idOf(name: string): number {
    for (const [id, one] of this.#names) if (one === name) return id;
    throw new Error(`nobody here has asked for ${name}`);
  }

  #send(message: Message): void {
    this.#socket?.send(JSON.stringify(message));
  }
}

function listen(port: number): WebSocketServer {
  return new WebSocketServer({
    host: '127.0.0.1',
    port,
    handleProtocols: () => 'wamp.2.json',
  });
}
