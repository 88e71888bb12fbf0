// Links that carry requests only: so light that ten thousand nodes with hundreds of links each fit into one process. A dead
// node answers nothing, as a host that is switched off; the first contact with a node costs a round trip more.
import {
  LinkClosedError,
  PeerUnreachableError,
  RequestFailedError,
  TimeoutError,
} from '@macula/core';

export class RequestNetwork {
  requests = 0;
  /** Set to hear of every request: `(kind, from, bytes) => void`. */
  count;
  #nodes = new Map();
  #addresses = new Map();

  /** `latencyMs`: range of the one-way delay of a message. */
  constructor({ clock, random, latencyMs = { min: 10, max: 50 }, pool = 1_000 }) {
    Object.assign(this, { clock, random, latencyMs, pool });
  }

  node(id, host) {
    const links = new RequestLinks(this, id, [{ host, port: 4433 }]);
    this.#nodes.set(id.key, links);
    this.#addresses.set(host, links);
    return links;
  }

  alive(key) {
    const links = this.#nodes.get(key);
    return links?.alive ? links : undefined;
  }

  at(host) {
    return this.#addresses.get(host);
  }

  crash(id) {
    const links = this.#nodes.get(id.key);
    links.alive = false;
    this.#nodes.delete(id.key);
    this.#addresses.delete(links.localAddresses[0].host);
  }

  /** One-way delay in whole milliseconds, so that events share instants. */
  delay() {
    const { min, max } = this.latencyMs;
    return min + this.random.integer(max - min + 1);
  }
}

class RequestLinks {
  alive = true;
  /** Links that this node has opened, or tried to. */
  dialled = 0;
  /** Set to answer in place of the handlers: a liar's `(kind, body, from) => Uint8Array | undefined`. */
  instead;
  handlers = new Map();
  #open = new Map();

  constructor(network, self, localAddresses) {
    Object.assign(this, { network, self, localAddresses });
  }

  get(peer) {
    return this.#open.get(peer.key);
  }

  all() {
    return [...this.#open.values()];
  }

  link(peer, { timeout = 10_000 } = {}) {
    const open = this.#open.get(peer.key);
    return open === undefined ? this.#dial(peer, timeout) : Promise.resolve(open);
  }

  dial({ host }, { timeout = 10_000 } = {}) {
    const target = this.network.at(host);
    return target === undefined
      ? Promise.reject(new PeerUnreachableError(`${host} does not answer`))
      : this.#dial(target.self, timeout);
  }

  learn() {}

  pin() {
    return () => undefined;
  }

  onLink() {
    return () => undefined;
  }

  handle() {
    return () => undefined;
  }

  handleRequest(kind, handler) {
    this.handlers.set(kind, handler);
    return () => this.handlers.delete(kind);
  }

  #dial(peer, timeout) {
    const { network } = this;
    this.dialled++;
    const there = network.alive(peer.key) !== undefined;
    const wait = there ? network.delay() + network.delay() : timeout;
    return new Promise((resolve, reject) => {
      network.clock.setTimer(() => {
        if (!this.alive) return;
        if (!there) reject(new TimeoutError(`${peer.key} does not answer`));
        else resolve(this.opened(peer));
      }, wait);
    });
  }

  opened(peer) {
    let link = this.#open.get(peer.key);
    if (link !== undefined) return link;
    // The ID that its owner has: ten thousand nodes would otherwise hold a copy each.
    link = new RequestLink(this, this.network.alive(peer.key)?.self ?? peer);
    this.#open.set(link.peer.key, link);
    if (this.#open.size > this.network.pool) {
      const [oldest] = this.#open.keys();
      this.#open.delete(oldest);
    }
    return link;
  }
}

class RequestLink {
  constructor(owner, peer) {
    this.owner = owner;
    this.peer = peer;
  }

  /** The median of the network's round trips: two messages. */
  get rtt() {
    const { min, max } = this.owner.network.latencyMs;
    return min + max;
  }

  get remoteAddress() {
    const { network } = this.owner;
    return network.alive(this.peer.key)?.localAddresses[0] ?? { host: '0.0.0.0', port: 1 };
  }

  request(kind, body, { timeout = 5_000, signal } = {}) {
    const { owner, peer } = this;
    const { network } = owner;
    const { clock } = network;
    network.requests++;
    if (network.count !== undefined) network.count(kind, owner.self, body.length);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(new LinkClosedError('stopped'));
      const timer = clock.setTimer(() => reject(new TimeoutError('no answer')), timeout);
      const back = (settle, value) =>
        clock.setTimer(() => {
          timer.cancel();
          if (owner.alive) settle(value);
        }, network.delay());
      clock.setTimer(() => {
        const target = network.alive(peer.key);
        if (target === undefined) return;
        const link = target.opened(owner.self);
        if (target.instead !== undefined) {
          const lie = target.instead(kind, body, owner.self);
          if (lie === 'honest') answerHonestly(target, link);
          else if (lie !== undefined) back(resolve, lie);
          return;
        }
        answerHonestly(target, link);
      }, network.delay());
      const answerHonestly = async (target, link) => {
        try {
          back(resolve, await target.handlers.get(kind)(link, body));
        } catch (error) {
          back(reject, new RequestFailedError(error.code ?? 'internal', String(error)));
        }
      };
    });
  }
}
