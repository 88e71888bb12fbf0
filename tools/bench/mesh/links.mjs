// What links cost: memory, set-up, 0-RTT reconnect, bulk. Two processes: the far side serves, the near side measures.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { percentiles } from './sample.mjs';
import { within } from './time-limit.mjs';

const self = fileURLToPath(import.meta.url);
const realm = 'bench.links';
const kinds = { echo: 0x7e, bulk: 0x7f };
/** None of the steps takes half as long on a slow machine. */
const stepLimitMs = 180_000;
const startLimitMs = 30_000;

async function transport() {
  const { systemClock, systemRandom } = await import('@macula/core');
  const { ephemeralIdentity, openAdmission } = await import('@macula/identity');
  const { createTransport } = await import('@macula/transport');
  const identity = await ephemeralIdentity();
  const links = createTransport(
    { identity, admission: openAdmission(realm), clock: systemClock, random: systemRandom },
    { host: '127.0.0.1', port: 0, tcp: false },
  );
  await links.start();
  return links;
}

/** The far side: answers requests, swallows bulk streams and reports when one is through. */
async function serve() {
  const links = await transport();
  links.handleRequest(kinds.echo, (_link, body) => body);
  links.handleStream(kinds.bulk, (_link, stream) => {
    let bytes = 0;
    stream.onFrame((frame) => (bytes += frame.payloadEnd - frame.headerEnd));
    stream.onEnd(() => {
      process.send({ bulk: bytes });
      stream.end();
    });
  });
  process.on('message', () => {
    globalThis.gc?.();
    process.send({ rss: process.memoryUsage().rss });
  });
  process.send({ id: links.self.key, address: links.localAddresses[0] });
}

/** What the near side can measure, each in a pair of processes of its own. */
const steps = {
  async memory({ address, peer, quick, ask }) {
    // The first links also pay for what a process allocates once, such as the young generation of its heap.
    const nodes = [];
    const dialMore = async (count) => {
      for (let i = 0; i < count; i++) {
        const links = await transport();
        await links.dial(address, { expected: peer });
        nodes.push(links);
      }
    };
    const [first, count] = quick ? [50, 50] : [300, 500];
    await dialMore(first);
    const { rss: before } = await ask({ far: true });
    await dialMore(count);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const { rss: after } = await ask({ far: true });
    await Promise.all(nodes.map((links) => links.stop()));
    return { 'memory per idle link, KB': (after - before) / count / 1024 };
  },

  async setUp({ address, peer, quick }) {
    const times = [];
    for (let i = 0; i < repeats(quick); i++) {
      const links = await transport();
      const before = performance.now();
      await links.dial(address, { expected: peer });
      times.push((performance.now() - before) * 1000);
      await links.stop();
    }
    const { p50, p99 } = percentiles(times);
    return { 'connection set-up, p50 µs': p50, 'connection set-up, p99 µs': p99 };
  },

  async reconnect({ address, peer, quick }) {
    const times = [];
    const roaming = await transport();
    roaming.learn(peer, [address]);
    for (let i = 0; i < repeats(quick); i++) {
      const before = performance.now();
      const link = await roaming.link(peer, { early: true });
      await link.request(kinds.echo, new Uint8Array(16), { idempotent: true });
      if (i > 0) times.push((performance.now() - before) * 1000);
      await link.close();
    }
    await roaming.stop();
    return { '0-RTT reconnect to first answer, p50 µs': percentiles(times).p50 };
  },

  async bulk({ address, peer, quick, ask }) {
    const { FrameWriter } = await import('@macula/wire');
    const total = (quick ? 100 : 1_000) << 20;
    const links = await transport();
    links.learn(peer, [address]);
    const link = await links.link(peer);
    const stream = link.openStream(kinds.bulk, new Uint8Array());
    const writer = new FrameWriter();
    const chunk = new Uint8Array(65_536);
    const startedAt = performance.now();
    const through = ask({ bulk: true });
    await new Promise((resolve) => {
      let sent = 0;
      const go = () => {
        while (sent < total) {
          if (!stream.send(writer.payload(chunk).frame(kinds.bulk, new Uint8Array()))) return;
          sent += chunk.length;
        }
        stream.end();
        resolve();
      };
      stream.onDrain(go);
      go();
    });
    await through;
    const seconds = (performance.now() - startedAt) / 1000;
    await links.stop();
    return { 'bulk on one stream, MB/s': total / 1e6 / seconds };
  },
};

const repeats = (quick) => (quick ? 50 : 300);

/** The near side: does one step and reports its figures. */
async function measure({ step, id, address, quick }) {
  const { NodeId } = await import('@macula/core');
  const ask = (message) => {
    process.send(message);
    return new Promise((resolve) => process.once('message', resolve));
  };
  try {
    const figures = await steps[step]({ address, peer: NodeId.parse(id), quick, ask });
    process.send({ figures });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
}

/** One step in two fresh processes; neither outlives it. */
async function runStep(step, execPath, { quick }) {
  const start = (role) =>
    fork(self, [role], {
      execPath,
      execArgv: [...process.execArgv, '--expose-gc'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  const far = start('serve');
  const near = start('measure');
  const ended = (child, name) =>
    new Promise((_resolve, reject) => {
      child.on('exit', (code) => reject(new Error(`the ${name} side ended with code ${code}`)));
    });
  const lost = Promise.race([ended(far, 'far'), ended(near, 'near')]);
  lost.catch(() => undefined);
  try {
    const listening = new Promise((resolve) => far.once('message', resolve));
    const { id, address } = await within(
      startLimitMs,
      'starting the far side',
      Promise.race([listening, lost]),
    );
    const done = new Promise((resolve, reject) => {
      near.on('message', (message) => {
        if (message.figures !== undefined) resolve(message.figures);
        else if (message.error !== undefined) reject(new Error(message.error));
        else if (message.far) far.send({});
      });
      far.on('message', (message) => near.connected && near.send(message));
    });
    near.send({ step, id, address, quick });
    return await within(stepLimitMs, 'the step', Promise.race([done, lost]));
  } finally {
    near.kill('SIGKILL');
    far.kill('SIGKILL');
  }
}

/** All steps; one that fails or hangs says so and costs its own figures only. */
export async function measureLinks(execPath, { quick }, log) {
  const result = {};
  for (const step of Object.keys(steps)) {
    log(`links: ${step}`);
    try {
      const figures = await runStep(step, execPath, { quick });
      for (const [title, value] of Object.entries(figures)) log(`  ${title}: ${value.toFixed(1)}`);
      Object.assign(result, figures);
    } catch (error) {
      log(`links, ${step}: ${error.message}`);
    }
  }
  return result;
}

if (process.argv[1] === self) {
  if (process.argv[2] === 'serve') await serve();
  else process.once('message', (message) => void measure(message));
}
