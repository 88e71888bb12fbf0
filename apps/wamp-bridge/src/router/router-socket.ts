import type { Socket } from 'node:net';
import type { Clock } from '@macula/core';
import { type ClientOptions, WebSocket } from 'ws';

type Sent = Parameters<WebSocket['send']>[0];

/** The constructor that wampy calls: `(url, protocols)` and, after `null`, headers and options that the bridge has none of. */
export type RouterSocketClass = new (url: string, protocols: string[]) => WebSocket;

/**
 * WebSockets that write what is sent during one turn of the event loop at its end, with one system call: a publication
 * costs less than a call of the kernel. Nothing is compressed, as routers are near and events are small.
 */
export function routerSockets(clock: Clock): RouterSocketClass {
  return class RouterSocket extends WebSocket {
    #socket: Socket | undefined;
    #corked = false;

    constructor(url: string, protocols: string[]) {
      const options: ClientOptions = { perMessageDeflate: false };
      super(url, protocols, options);
      this.once('upgrade', ({ socket }) => {
        this.#socket = socket;
      });
    }

    override send(data: Sent, ...rest: never[]): void {
      this.#cork();
      super.send(data, ...rest);
    }

    #cork(): void {
      const socket = this.#socket;
      if (socket === undefined || this.#corked) return;
      this.#corked = true;
      socket.cork();
      clock.defer(() => {
        this.#corked = false;
        socket.uncork();
      });
    }
  };
}
