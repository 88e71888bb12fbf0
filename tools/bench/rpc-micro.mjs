// What a call costs without a network: caller and callee in one thread, over a link that only copies bytes.
//
//   node --conditions=@macula/source --import ./tools/typescript-loader.mjs tools/bench/rpc-micro.mjs [calls]
//
// Prints nanoseconds per call: both sides together, then making it, answering it, and taking the answer; each with its
// share of the link, which the first line shows by itself.
import { NodeId, systemClock, systemRandom } from '@macula/core';
import { createRpc } from '@macula/rpc';
import { FrameDecoder, FrameWriter } from '@macula/wire';

const total = Number(process.argv[2] ?? 300_000);
const rounds = 6;

/** One direction of a link: frames are copied into a batch, which is decoded once per microtask round. */
class Pipe {
  #batch = new Uint8Array(256 * 1024);
  #spare = new Uint8Array(256 * 1024);
  #end = 0;
  #decoder = new FrameDecoder();
  #onFrame;
  ns = 0;

  constructor(deliver) {
    this.#onFrame = deliver;
  }

  send(frame) {
    const { bytes, start, end } = frame;
    if (this.#end + end - start > this.#batch.length) return false;
    this.#batch.set(start === 0 ? bytes.subarray(0, end) : bytes.subarray(start, end), this.#end);
    if (this.#end === 0) queueMicrotask(() => this.#flush());
    this.#end += end - start;
    return true;
  }

  #flush() {
    const batch = this.#batch;
    const end = this.#end;
    this.#batch = this.#spare;
    this.#spare = batch;
    this.#end = 0;
    const before = process.hrtime.bigint();
    this.#decoder.push(batch, 0, end, this.#onFrame);
    this.ns += Number(process.hrtime.bigint() - before);
  }
}

/** Two nodes with one link between them. */
function pair() {
  const sides = [1, 2].map((fill) => ({
    self: NodeId.fromBytes(new Uint8Array(32).fill(fill)),
    handlers: new Map(),
  }));
  for (const [i, side] of sides.entries()) {
    const far = sides[1 - i];
    side.pipe = new Pipe((frame) => far.handlers.get(frame.kind)?.(far.link, frame));
    side.link = {
      peer: far.self,
      initiator: i === 0,
      state: 'open',
      rtt: 0,
      features: new Set(),
      send: (frame) => side.pipe.send(frame),
      onDrain: () => () => undefined,
      onClose: () => () => undefined,
      close: () => Promise.resolve(),
    };
    side.links = {
      self: side.self,
      localAddresses: [],
      link: () => Promise.resolve(side.link),
      get: () => side.link,
      all: () => [side.link],
      onLink: () => () => undefined,
      pin: () => () => undefined,
      handle: (kind, handler) => {
        side.handlers.set(kind, handler);
        return () => side.handlers.delete(kind);
      },
      handleStream: () => () => undefined,
    };
  }
  return sides;
}

/** Every node sees what every other announces, at once. */
function sharedDirectory() {
  const entries = [];
  const watchers = new Set();
  return (node) => ({
    announce(key, value) {
      const entry = { key, node, id: String(entries.length), value };
      entries.push(entry);
      for (const watcher of watchers) {
        if (watcher.key.equals(key)) watcher.onChange({ type: 'added', entry });
      }
      return { update() {}, withdraw() {} };
    },
    watch(key, onChange) {
      const watcher = { key, onChange };
      watchers.add(watcher);
      return {
        entries: entries.filter((entry) => entry.key.equals(key)),
        ready: Promise.resolve(),
        close: () => watchers.delete(watcher),
      };
    },
    lookup: () => Promise.resolve([]),
  });
}

/** The best of several rounds: what else the machine does only ever adds. */
async function measure(name, count, run) {
  await run(count / 10);
  let best;
  for (let round = 0; round < rounds; round++) {
    globalThis.gc?.();
    const [a, b] = sides;
    a.pipe.ns = b.pipe.ns = 0;
    const start = process.hrtime.bigint();
    await run(count / rounds);
    const ns = Number(process.hrtime.bigint() - start);
    if (best === undefined || ns < best.ns)
      best = { ns, answering: a.pipe.ns, receiving: b.pipe.ns };
  }
  const perCall = (ns) => (ns * rounds) / count;
  const [ns, callee, result] = [best.ns, best.answering, best.receiving].map(perCall);
  const columns = [ns, ns - callee - result, callee, result];
  console.log(
    name.padEnd(36) +
      columns.map((n) => n.toFixed(0).padStart(10)).join('') +
      Math.round(1e9 / ns)
        .toLocaleString('en')
        .padStart(14),
  );
}

const sides = pair();
const directoryOf = sharedDirectory();
const [caller, callee] = sides.map((side) =>
  createRpc(
    {
      links: side.links,
      directory: directoryOf(side.self),
      clock: systemClock,
      random: systemRandom,
    },
    { realm: 'bench' },
  ),
);
await caller.start();
await callee.start();
await callee.register('own', ([a, b]) => a + b);
await callee.register('echo', (_args, context) => context.payload);
await callee.register('sum', ([a, b]) => a + b);
await callee.register('later', async ([a, b]) => a + b);
await callee.register('shared', (args) => args[0], { invoke: 'roundrobin' });

const data = new Uint8Array(128);
const inFlight = (width, make) => async (count) => {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await make();
  };
  await Promise.all(Array.from({ length: width }, worker));
};

console.log(
  `${total.toLocaleString('en')} calls each, best of ${rounds} rounds, Node ${process.version}\n`,
);
console.log(
  'ns per call'.padEnd(36) +
    ['both', 'call()', 'callee', 'result'].map((name) => name.padStart(10)).join('') +
    'calls/s'.padStart(14),
);
// What the link and its decoder cost alone: as many frames, answered by nobody.
const writer = new FrameWriter();
sides[1].handlers.set(0x2f, (link) =>
  link.send(writer.empty().frame(0x2e, new Uint8Array([8, 1]))),
);
let arrived = () => undefined;
sides[0].handlers.set(0x2e, () => arrived());
await measure('bare link, sequential', total, async (count) => {
  const header = new Uint8Array([8, 1, 16, 1]);
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => {
      arrived = resolve;
      sides[0].link.send(writer.empty().frame(0x2f, header));
    });
  }
});
await measure(
  'sum, sequential',
  total,
  inFlight(1, () => caller.call('sum', [1, 2])),
);
await measure(
  'sum, 64 in flight',
  total,
  inFlight(64, () => caller.call('sum', [1, 2])),
);
await measure(
  'echo 128 B, 64 in flight',
  total,
  inFlight(64, () => caller.call('echo', data)),
);
await measure(
  'async handler, 64 in flight',
  total,
  inFlight(64, () => caller.call('later', [1, 2])),
);
await measure(
  'shared (roundrobin), 64 in flight',
  total,
  inFlight(64, () => caller.call('shared', [1])),
);
await measure(
  'with timeout option, 64 in flight',
  total,
  inFlight(64, () => caller.call('sum', [1, 2], { timeout: 2_000 })),
);
await measure(
  'idempotent, 64 in flight',
  total,
  inFlight(64, () => caller.call('sum', [1, 2], { idempotent: true })),
);
const { signal } = new AbortController();
await measure(
  'with AbortSignal, sequential',
  total / 10,
  inFlight(1, () => caller.call('sum', [1, 2], { signal })),
);
await measure(
  'self, 64 in flight',
  total,
  inFlight(64, () => callee.call('own', [1, 2])),
);
await caller.stop();
await callee.stop();
