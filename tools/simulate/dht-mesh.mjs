// A mesh of nodes with Kademlia in virtual time, over links that carry requests only. Signatures are hashes, since nobody
// here forges any: what is measured is routing and replication.
import { createHash } from 'node:crypto';
import { DirectoryKey, NodeId } from '@macula/core';
import { createKademlia } from '@macula/dht';
import { seededRandom, virtualClock } from '@macula/testkit';
import { bucketMates } from './bucket-mates.mjs';
import { RequestNetwork } from './request-links.mjs';

/** What stands for a signature. */
export function seal(publicKey, data) {
  return createHash('sha256').update(publicKey).update(data).digest();
}

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
      observedGauge: () => () => undefined,
      histogram: ({ name }) => ({
        observe: (value) => {
          if (name === 'macula_dht_lookup_hops') this.hops.push(value);
          else this.lookupRequests.push(value);
        },
      }),
    };
  }

  /** Starts a node, which joins through a random one. `id` and `host` are drawn where they are not given. */
  async join(place = {}) {
    const [through] = this.some(1);
    const node = this.#create(place, { bootstrap: through?.links.localAddresses ?? [] });
    await node.directory.start();
    this.nodes.push(node);
    return node;
  }

  /**
   * Starts `count` nodes at once, each told by its membership of up to k random nodes in each of its buckets: the tables of a
   * mesh that has been up for long, without the cost of ten thousand joins.
   */
  async populate(count, k = 20) {
    const members = new Map();
    // From then on nothing but Kademlia tells who lives.
    let told = false;
    for (let at = 0; at < count; at++) {
      const contacts = [];
      const membership = {
        members: () => contacts,
        get: () => (told ? undefined : { status: 'alive' }),
        onChange: () => () => undefined,
      };
      const node = this.#create({}, {}, membership);
      members.set(node, contacts);
      this.nodes.push(node);
    }
    const sorted = [...this.nodes].sort((a, b) => a.id.compare(b.id));
    for (const [at, node] of sorted.entries()) {
      for (const { id, links } of bucketMates(sorted, at, k, this.random)) {
        members.get(node).push({ id, addresses: links.localAddresses });
      }
    }
    await this.complete(Promise.all(this.nodes.map(({ directory }) => directory.start())));
    told = true;
  }

  #create({ id, host = this.#publicAddress() }, options, membership) {
    const at = this.#started++;
    const publicKey = Buffer.from(`key ${at} ${this.random.integer(2 ** 40)}`);
    // Records name the owner of the key; an attacker's place in the mesh may be chosen.
    const owner = NodeId.fromBytes(createHash('sha256').update(publicKey).digest());
    const signer = { nodeId: owner, publicKey, sign: (data) => seal(publicKey, data) };
    const self = id ?? owner;
    const links = this.network.node(self, host);
    const directory = createKademlia(
      {
        links,
        clock: processClock(this.clock, links),
        random: seededRandom(this.random.integer(2 ** 31)),
        metrics: this.metrics,
        signer,
        // The rest of a signature, if any, is there to be as long as real ones.
        verify: (key, data, signature) =>
          Buffer.compare(seal(key, data), signature.subarray(0, 32)) === 0,
        ...(membership && { membership }),
      },
      { ...this.options, ...options },
    );
    return { id: self, links, signer, directory };
  }

  async grow(count, batch = 50) {
    if (this.nodes.length === 0) await this.complete(this.join());
    while (this.nodes.length < count) {
      const more = Math.min(batch, this.nodes.length, count - this.nodes.length);
      await this.complete(Promise.all(Array.from({ length: more }, () => this.join())));
    }
  }

  /** Lets all `nodes` watch `key`, some at a time. Gives the texts that each has seen, with their times, and how long each took to be ready. */
  async watchAll(key, nodes, atATime = 250) {
    const seen = new Map();
    const readyMs = [];
    for (let at = 0; at < nodes.length; at += atATime) {
      const begin = this.clock.now();
      const watches = nodes.slice(at, at + atATime).map((node) => {
        const changes = [];
        seen.set(node, changes);
        const { ready } = node.directory.watch(key, ({ entry }) =>
          changes.push({ text: Buffer.from(entry.value).toString(), at: this.clock.now() }),
        );
        return ready.then(() => readyMs.push(this.clock.now() - begin));
      });
      await this.complete(Promise.all(watches));
    }
    return { seen, readyMs };
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

  /** An announcement each under `count` keys from the `first` on, confirmed after `ms`. Gives { key, node, receipt, ms }. */
  async announce(count, announcers = this.nodes, { first = 0, sensitive = false } = {}) {
    const announced = [];
    for (let at = 0; at < count; at += 50) {
      const batch = Array.from({ length: Math.min(50, count - at) }, async (_, i) => {
        const [node] = this.some(1, announcers);
        const key = this.key(first + at + i);
        const begin = this.clock.now();
        const announcement = node.directory.announce(key, Buffer.from(String(at + i)), {
          sensitive,
        });
        const receipt = await announcement.confirmed({ timeout: 120_000 }).catch(() => undefined);
        announced.push({ key, node, receipt, ms: this.clock.now() - begin });
      });
      await this.complete(Promise.all(batch));
    }
    return announced;
  }

  /** Random lookups of what is announced, `parallel` at a time. */
  async lookups(announced, count, how = {}) {
    const { sensitive = false, readers = this.nodes, parallel = 50, timeout = 60_000 } = how;
    this.hops.length = 0;
    this.lookupRequests.length = 0;
    let found = 0;
    const latencies = [];
    for (let at = 0; at < count; at += parallel) {
      const batch = Array.from({ length: Math.min(parallel, count - at) }, async () => {
        const [{ key, node }] = this.some(1, announced);
        const [reader] = this.some(1, readers);
        const begin = this.clock.now();
        const entries = await reader.directory.lookup(key, { sensitive, timeout }).catch(() => []);
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
