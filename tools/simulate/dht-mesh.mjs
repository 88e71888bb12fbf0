// A mesh of nodes with Kademlia in virtual time, over links that carry requests only. Signatures are hashes, since nobody
// here forges any: what is measured is routing and replication.
import { createHash } from 'node:crypto';
import { DirectoryKey, NodeId } from '@macula/core';
import { createKademlia } from '@macula/dht';
import { seededRandom, virtualClock } from '@macula/testkit';
import { RequestNetwork } from './request-links.mjs';

const seal = (publicKey, data) => createHash('sha256').update(publicKey).update(data).digest();

export class DhtMesh {
  nodes = [];
  hops = [];
  lookupRequests = [];
  #started = 0;

  constructor({ seed = 1, options = {}, latencyMs } = {}) {
    this.clock = virtualClock();
    this.random = seededRandom(seed);
    this.options = { cacheMs: 1, ...options };
    this.network = new RequestNetwork({
      clock: this.clock,
      random: seededRandom(seed + 1),
      latencyMs,
    });
    const nothing = { inc: () => undefined, set: () => undefined };
    this.metrics = {
      counter: () => nothing,
      gauge: () => nothing,
      observedGauge: () => undefined,
      histogram: ({ name }) => ({
        observe: (value) => {
          if (name === 'macula_dht_lookup_hops') this.hops.push(value);
          else this.lookupRequests.push(value);
        },
      }),
    };
  }

  /** Starts a node, which joins through a random one. `id` and `host` are drawn where they are not given. */
  async join({ id, host = this.#publicAddress() } = {}) {
    const at = this.#started++;
    const publicKey = Buffer.from(`key ${at} ${this.random.integer(2 ** 40)}`);
    // Records name the owner of the key; an attacker's place in the mesh may be chosen.
    const owner = NodeId.fromBytes(createHash('sha256').update(publicKey).digest());
    const signer = { nodeId: owner, publicKey, sign: (data) => seal(publicKey, data) };
    const self = id ?? owner;
    const links = this.network.node(self, host);
    const random = seededRandom(this.random.integer(2 ** 31));
    const [through] = this.some(1);
    const directory = createKademlia(
      {
        links,
        clock: processClock(this.clock, links),
        random,
        metrics: this.metrics,
        signer,
        verify: (key, data, signature) => Buffer.compare(seal(key, data), signature) === 0,
      },
      { ...this.options, bootstrap: through?.links.localAddresses ?? [] },
    );
    const node = { id: self, links, signer, directory };
    await directory.start();
    this.nodes.push(node);
    return node;
  }

  async grow(count, batch = 50) {
    if (this.nodes.length === 0) await this.complete(this.join());
    while (this.nodes.length < count) {
      const more = Math.min(batch, this.nodes.length, count - this.nodes.length);
      await this.complete(Promise.all(Array.from({ length: more }, () => this.join())));
    }
  }

  crash(node) {
    this.network.crash(node.id);
    this.nodes.splice(this.nodes.indexOf(node), 1);
  }

  complete(promise, limitMs = 3_600_000) {
    return this.clock.complete(promise, { limitMs });
  }

  some(count, from = this.nodes) {
    return Array.from(
      { length: Math.min(count, from.length) },
      () => from[this.random.integer(from.length)],
    );
  }

  key(at) {
    return DirectoryKey.of('simulation', String(at));
  }

  /** An announcement each under `count` keys, confirmed. Gives { key, node, receipt }. */
  async announce(count, announcers = this.nodes) {
    const announced = [];
    for (let at = 0; at < count; at += 50) {
      const batch = Array.from({ length: Math.min(50, count - at) }, async (_, i) => {
        const [node] = this.some(1, announcers);
        const key = this.key(at + i);
        const announcement = node.directory.announce(key, Buffer.from(String(at + i)));
        const receipt = await announcement.confirmed({ timeout: 120_000 }).catch(() => undefined);
        announced.push({ key, node, receipt });
      });
      await this.complete(Promise.all(batch));
    }
    return announced;
  }

  /** Random lookups of what is announced, `parallel` at a time. */
  async lookups(announced, count, { sensitive = false, readers = this.nodes, parallel = 50 } = {}) {
    this.hops.length = 0;
    this.lookupRequests.length = 0;
    let found = 0;
    const latencies = [];
    for (let at = 0; at < count; at += parallel) {
      const batch = Array.from({ length: Math.min(parallel, count - at) }, async () => {
        const [{ key, node }] = this.some(1, announced);
        const [reader] = this.some(1, readers);
        const begin = this.clock.now();
        const entries = await reader.directory
          .lookup(key, { sensitive, timeout: 60_000 })
          .catch(() => []);
        latencies.push(this.clock.now() - begin);
        if (entries.some((entry) => entry.node.equals(node.signer.nodeId))) found++;
      });
      await this.complete(Promise.all(batch));
      await this.clock.advance(10);
    }
    return {
      count,
      found,
      success: found / count,
      hops: [...this.hops],
      requests: [...this.lookupRequests],
      latencies,
    };
  }

  #publicAddress() {
    for (;;) {
      const [a, b, c, d] = this.random.bytes(4);
      const host = `${11 + (a % 80)}.${b}.${c}.${d}`;
      if (this.network.at(host) === undefined) return host;
    }
  }
}

/** A clock whose timers do not fire once the node has crashed. */
function processClock(clock, links) {
  const alive = (callback) => () => {
    if (links.alive) callback();
  };
  return {
    now: () => clock.now(),
    wallTime: () => clock.wallTime(),
    setTimer: (callback, ms, options) => clock.setTimer(alive(callback), ms, options),
    defer: (callback) => clock.defer(alive(callback)),
  };
}

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
