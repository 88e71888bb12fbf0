// What links cost: set-up, 0-RTT reconnect, memory, bulk. Two processes: the far side serves, the near side measures.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { percentiles } from './sample.mjs';

const self = fileURLToPath(import.meta.url);
const realm = 'bench.links';
const kinds = { echo: 0x7e, bulk: 0x7f };

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

/** The near side: runs one measure after the other. */
async function measure({ id, address, quick }) {
  const { NodeId } = await import('@macula/core');
  const { FrameWriter } = await import('@macula/wire');
  const peer = NodeId.parse(id);
  const ask = (message) => {
    process.send(message);
    return new Promise((resolve) => process.once('message', resolve));
  };
  const repeat = quick ? 50 : 300;

  // First, while the far side has no memory left over from other work.
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

  const setUps = [];
  for (let i = 0; i < repeat; i++) {
    const links = await transport();
    const before = performance.now();
    await links.dial(address, { expected: peer });
    setUps.push((performance.now() - before) * 1000);
    await links.stop();
  }

  const reconnects = [];
  const roaming = await transport();
  roaming.learn(peer, [address]);
  for (let i = 0; i < repeat; i++) {
    const before = performance.now();
    const link = await roaming.link(peer, { early: true });
    await link.request(kinds.echo, new Uint8Array(16), { idempotent: true });
    if (i > 0) reconnects.push((performance.now() - before) * 1000);
    await link.close();
  }

  const bulkBytes = (quick ? 100 : 1_000) << 20;
  const link = await roaming.link(peer);
  const stream = link.openStream(kinds.bulk, new Uint8Array());
  const writer = new FrameWriter();
  const chunk = new Uint8Array(65_536);
  const startedAt = performance.now();
  const through = ask({ expectBulk: true });
  await new Promise((resolve) => {
    let sent = 0;
    const go = () => {
      while (sent < bulkBytes) {
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
  const bulkPerSecond = bulkBytes / 1e6 / ((performance.now() - startedAt) / 1000);

  await roaming.stop();
  process.send({
    result: {
      'connection set-up, p50 µs': percentiles(setUps).p50,
      'connection set-up, p99 µs': percentiles(setUps).p99,
      '0-RTT reconnect to first answer, p50 µs': percentiles(reconnects).p50,
      'bulk on one stream, MB/s': bulkPerSecond,
      'memory per idle link, KB': (after - before) / count / 1024,
    },
  });
}

export async function measureLinks(execPath, { quick }, log) {
  const start = (role, extra = []) =>
    fork(self, [role], {
      execPath,
      execArgv: [...process.execArgv, '--expose-gc', ...extra],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  log('links');
  const far = start('serve');
  const { id, address } = await new Promise((resolve) => far.once('message', resolve));
  const near = start('measure');
  near.send({ id, address, quick });
  const result = await new Promise((resolve, reject) => {
    near.on('exit', (code) => reject(new Error(`the measuring process ended with code ${code}`)));
    near.on('message', (message) => {
      if (message.result !== undefined) resolve(message.result);
      else if (message.far) far.send({});
    });
    far.on('message', (message) => near.send(message));
  });
  near.removeAllListeners('exit');
  near.kill();
  far.kill();
  return result;
}

if (process.argv[1] === self) {
  if (process.argv[2] === 'serve') await serve();
  else process.once('message', (message) => void measure(message));
}
