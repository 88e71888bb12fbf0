// Nanoseconds that pub/sub costs per event beside the link: one core, links that only copy, no sockets.
//   node --conditions=@macula/source --import ./tools/typescript-loader.mjs tools/bench/pubsub-micro.mjs
import { NodeId, systemClock, systemRandom } from '@macula/core';
import { createPubSub } from '@macula/pubsub';
import { FrameDecoder } from '@macula/wire';

const events = Number(process.argv[2] ?? 300_000);
const rounds = 7;
const realm = 'org.example';
const chunkSize = 64 * 1024;
const payloads = {
  '128 bytes': new Uint8Array(128).fill(7),
  '128 characters': 'x'.repeat(128),
  '8-key object': {
    home: 'home_001',
    at: 1_700_000_000_000,
    production_w: 3500,
    consumption_w: 1200.5,
    tariff: 'day',
    battery: { soc: 0.5, power_w: -120 },
  },
};

/** A link that copies frames into one buffer, from its beginning again when it is full. */
class CopyingLink {
  state = 'open';
  position = 0;

  constructor(peer, capacity) {
    this.peer = peer;
    this.buffer = Buffer.alloc(capacity);
  }

  send({ bytes, start, end }) {
    if (this.position + end - start > this.buffer.length) this.position = 0;
    this.buffer.set(bytes.subarray(start, end), this.position);
    this.position += end - start;
    return true;
  }

  onDrain = () => () => undefined;
  onClose = () => () => undefined;
}

class OpenLinks {
  self = NodeId.fromBytes(systemRandom.bytes(32));
  handlers = new Map();
  links = new Map();
  get = (peer) => this.links.get(peer.key);
  link = async (peer) => this.links.get(peer.key);
  pin = () => () => undefined;
  onLink = () => () => undefined;
  handle(kind, handler) {
    this.handlers.set(kind, handler);
    return () => this.handlers.delete(kind);
  }
}

/** A directory in which every entry is known to everybody. */
class CommonDirectory {
  entries = new Map();
  of(node) {
    return {
      announce: (key, value) => {
        const entries = this.entries.get(key.key) ?? [];
        this.entries.set(key.key, [...entries, { key, node, id: `${entries.length}`, value }]);
        return { withdraw: () => undefined, update: () => undefined };
      },
      watch: (key) => ({
        entries: this.entries.get(key.key) ?? [],
        ready: Promise.resolve(),
        close: () => undefined,
      }),
    };
  }
}

async function start(links, directory) {
  const deps = {
    links,
    directory: directory.of(links.self),
    clock: systemClock,
    random: systemRandom,
  };
  const pubsub = createPubSub(deps, { realm });
  await pubsub.start();
  return pubsub;
}

/** A publisher with `count` subscribers behind links of `capacity` bytes. */
async function publisherTo(count, capacity) {
  const directory = new CommonDirectory();
  const links = new OpenLinks();
  const targets = [];
  for (let i = 0; i < count; i++) {
    const subscriber = new OpenLinks();
    await (await start(subscriber, directory)).subscribe('bench.topic', () => undefined);
    const link = new CopyingLink(subscriber.self, capacity);
    links.links.set(subscriber.self.key, link);
    targets.push(link);
  }
  return { pubsub: await start(links, directory), self: links.self, targets };
}

async function publishing(value, count) {
  const { pubsub } = await publisherTo(count, chunkSize);
  await pubsub.publish('bench.topic', value);
  await pubsub.publish('bench.topic', value);
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    for (let i = 0; i < events; i++) await pubsub.publish('bench.topic', value);
    best = Math.min(best, performance.now() - begin);
  }
  await pubsub.stop();
  return (best * 1e6) / events;
}

async function receiving(value) {
  const { pubsub, self, targets } = await publisherTo(1, (events + 10) * 400);
  for (let i = 0; i < events; i++) await pubsub.publish('bench.topic', value);
  await pubsub.stop();
  const { buffer, position } = targets[0];
  let best = Infinity;
  let bestFraming = Infinity;
  for (let round = 0; round < rounds; round++) {
    const links = new OpenLinks();
    const subscriber = await start(links, new CommonDirectory());
    let received = 0;
    await subscriber.subscribe('bench.topic', () => {
      received++;
    });
    const link = new CopyingLink(self, chunkSize);
    const feed = (onFrame) => {
      const decoder = new FrameDecoder({});
      const begin = performance.now();
      for (let at = 0; at < position; at += chunkSize) {
        decoder.push(buffer, at, Math.min(position, at + chunkSize), onFrame);
      }
      return performance.now() - begin;
    };
    const taken = feed((frame) => links.handlers.get(frame.kind)(link, frame));
    if (received !== events) throw new Error(`${received} of ${events} events arrived`);
    best = Math.min(best, taken);
    bestFraming = Math.min(
      bestFraming,
      feed(() => undefined),
    );
    await subscriber.stop();
  }
  return [((best - bestFraming) * 1e6) / events, (best * 1e6) / events];
}

const cell = (ns) => ns.toFixed(0).padStart(16);
const columns = ['publish to 1', 'publish to 10', 'receive', '... with framing'];
console.log('ns per event'.padEnd(16), ...columns.map((column) => column.padStart(16)));
for (const [name, value] of Object.entries(payloads)) {
  const one = await publishing(value, 1);
  const ten = await publishing(value, 10);
  const [receive, framed] = await receiving(value);
  console.log(name.padEnd(16), cell(one), cell(ten), cell(receive), cell(framed));
}
