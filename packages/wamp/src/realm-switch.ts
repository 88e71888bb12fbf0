import { InvalidArgumentError } from '@macula/core';
import type { WampMessage } from './message/message.ts';
import type { WampConnection, WampEntrance, WampRouter } from './router.ts';
import type { SessionTransport } from './session/session-transport.ts';

/**
 * Lets clients of several realms in by one entrance: the realm that a client's HELLO names decides which router it is
 * a client of. Each router says itself which names it serves, and keeps its own rules of who may join and do what;
 * where two serve the same name the first has it. A name that none serves gets ABORT `wamp.error.no_such_realm`.
 *
 * Throws InvalidArgumentError where there is no router.
 */
export function switchRealms(routers: readonly WampRouter[]): WampEntrance {
  const [first, ...others] = routers;
  if (first === undefined) throw new InvalidArgumentError('there must be a router to switch to');
  if (others.length === 0) return first;
  return {
    connect: (transport) => new SwitchedConnection(routers, first, transport),
    async start() {
      await Promise.all(routers.map((router) => router.start()));
    },
    async stop() {
      await Promise.all(routers.map((router) => router.stop()));
    },
  };
}

/**
 * A client is with the first router until it has said which realm it wants. That router gives up on those that say
 * nothing, and answers what none of them understands.
 */
class SwitchedConnection implements WampConnection {
  readonly #routers: readonly WampRouter[];
  readonly #transport: SessionTransport;
  #connection: WampConnection;
  #decided = false;

  constructor(routers: readonly WampRouter[], first: WampRouter, transport: SessionTransport) {
    this.#routers = routers;
    this.#transport = transport;
    this.#connection = first.connect(transport);
  }

  get ended(): boolean {
    return this.#connection.ended;
  }

  receive(data: string | Uint8Array): void {
    if (!this.#decided && !this.ended) this.#decide(data);
    this.#connection.receive(data);
  }

  lost(): void {
    this.#connection.lost();
  }

  #decide(data: string | Uint8Array): void {
    this.#decided = true;
    const realm = this.#realmIn(data);
    const [first] = this.#routers;
    const router =
      realm === undefined ? undefined : this.#routers.find((other) => other.serves(realm));
    if (router === undefined || router === first) return;
    this.#connection.lost();
    this.#connection = router.connect(this.#transport);
  }

  #realmIn(data: string | Uint8Array): string | undefined {
    let message: WampMessage;
    try {
      message = this.#transport.serializer.decode(data);
    } catch {
      // The router says what is wrong with it.
      return undefined;
    }
    return message.type === 'hello' ? message.realm : undefined;
  }
}
