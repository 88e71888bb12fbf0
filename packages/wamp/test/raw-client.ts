import { eventually } from '@macula/testkit';
import { jsonSerializer } from '../src/serializer/json-serializer.ts';
import type { Serializer } from '../src/serializer/serializer.ts';
import type { MessageName, WampMessage } from '../src/message/message.ts';
import type { SessionTransport } from '../src/session/session-transport.ts';
import type { WampConnection, WampRouter } from '../src/router.ts';

/** A client that says what a test wants it to, without a network. */
export class RawClient implements SessionTransport {
  readonly serializer: Serializer;
  readonly details = { type: 'memory' };
  readonly received: WampMessage[] = [];
  readonly #connection: WampConnection;
  queuedBytes = 0;
  closedBecause: string | undefined;
  paused = false;
  session = 0;
  authid: unknown;
  #request = 0;

  constructor(router: WampRouter, serializer: Serializer = jsonSerializer) {
    this.serializer = serializer;
    this.#connection = router.connect(this);
  }

  /** A client that has joined. */
  static async joined(router: WampRouter, details: object = {}): Promise<RawClient> {
    const client = new RawClient(router);
    client.hello(details);
    const welcome = await client.next('welcome');
    client.session = welcome.session;
    client.authid = welcome.details['authid'];
    return client;
  }

  hello(details: object = {}, realm = 'org.example'): void {
    const features = { call_canceling: true, progressive_call_results: true };
    const roles = { publisher: {}, subscriber: {}, caller: {}, callee: { features } };
    this.send([1, realm, { roles, ...details }]);
  }

  send(list: readonly unknown[]): void {
    this.#connection.receive(JSON.stringify(list));
  }

  sendText(text: string): void {
    this.#connection.receive(text);
  }

  /** Sends a request with the next number; its answer is what comes back. */
  async request(code: number, ...rest: unknown[]): Promise<WampMessage> {
    const request = ++this.#request;
    this.send([code, request, ...rest]);
    return this.take(
      (message) =>
        'request' in message && message.request === request && message.type !== 'invocation',
    );
  }

  /** Takes the first message of a type, waiting for it. */
  async next<N extends MessageName>(type: N): Promise<WampMessage<N>> {
    return (await this.take((message) => message.type === type)) as WampMessage<N>;
  }

  async take(wanted: (message: WampMessage) => boolean): Promise<WampMessage> {
    await eventually(() => this.received.some(wanted));
    const [message] = this.received.splice(this.received.findIndex(wanted), 1);
    return message as WampMessage;
  }

  /** Ends without a word. */
  vanish(): void {
    this.#connection.lost();
  }

  write(data: string | Uint8Array): void {
    if (this.closedBecause === undefined) this.received.push(this.serializer.decode(data));
  }

  close(reason: string): void {
    this.closedBecause ??= reason;
    this.#connection.lost();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }
}
