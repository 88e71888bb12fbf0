// One process of a measurement: loads a contender and obeys the runner over IPC.
import { age, nanoseconds, pause, percentiles, stamp } from './sample.mjs';

let contender;
let latencies = [];
let received = 0;
let lastAt = 0n;
let reportEvery = 0;
let acknowledged = 0;
let wake = () => undefined;

/** User and system time of this process. */
function cpuMicroseconds() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const commands = {
  async create(context) {
    const module = await import(`./contenders/${context.contender}.mjs`);
    contender = await module.create(context);
    return contender.address ?? null;
  },
  connect: ({ addresses }) => contender.connect?.(addresses),
  async subscribe({ topic }) {
    await contender.subscribe(topic, (bytes) => {
      latencies.push(age(bytes));
      lastAt = nanoseconds();
      received++;
      if (reportEvery > 0 && received % reportEvery === 0) process.send({ progress: received });
    });
  },
  ready: (expected) => contender.ready?.(expected),
  reset({ every = 0 }) {
    latencies = [];
    received = 0;
    reportEvery = every;
  },
  stats: () => ({
    received,
    lastAt: lastAt.toString(),
    latency: percentiles(latencies),
    cpu: cpuMicroseconds(),
    rss: process.memoryUsage().rss,
  }),
  /** As fast as `window` messages ahead of the slowest subscriber allow. */
  async flood({ topic, count, size, window }) {
    acknowledged = 0;
    const startedAt = nanoseconds();
    const cpuBefore = cpuMicroseconds();
    for (let i = 0; i < count; i++) {
      while (i - acknowledged >= window) await new Promise((resolve) => (wake = resolve));
      const sent = contender.publish(topic, stamp(size, i));
      if (sent?.then !== undefined) await sent;
      else if ((i & 63) === 63) await new Promise(setImmediate);
    }
    await contender.flush?.();
    return { startedAt: startedAt.toString(), cpu: cpuMicroseconds() - cpuBefore };
  },
  /** At a fixed rate, whatever the answers. */
  async paced({ topic, count, size, rate }) {
    const startedAt = performance.now();
    for (let i = 0; i < count; i++) {
      const early = startedAt + (i * 1000) / rate - performance.now();
      if (early > 0) await pause(early);
      const sent = contender.publish(topic, stamp(size, i));
      if (sent?.then !== undefined) await sent;
    }
    await contender.flush?.();
  },
  async serve({ name }) {
    await contender.serve(name, (bytes) => bytes);
  },
  async sequential({ name, count, size }) {
    const samples = [];
    for (let i = 0; i < count; i++) {
      const before = nanoseconds();
      await contender.call(name, stamp(size, i));
      samples.push(Number(nanoseconds() - before) / 1000);
    }
    return percentiles(samples);
  },
  async parallel({ name, count, size, inFlight }) {
    const startedAt = nanoseconds();
    let next = 0;
    const one = async () => {
      while (next < count) await contender.call(name, stamp(size, next++));
    };
    await Promise.all(Array.from({ length: inFlight }, one));
    return { perSecond: count / (Number(nanoseconds() - startedAt) / 1e9) };
  },
  async close() {
    await Promise.race([contender?.close?.(), pause(1_000)]);
    setTimeout(() => process.exit(0), 20);
  },
};

process.on('message', async (message) => {
  if (message.progress !== undefined) {
    acknowledged = message.progress;
    wake();
    return;
  }
  try {
    process.send({ id: message.id, value: await commands[message.command](message.input ?? {}) });
  } catch (error) {
    process.send({ id: message.id, error: String(error?.stack ?? error) });
  }
});
process.on('disconnect', () => process.exit(0));
