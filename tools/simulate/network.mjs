// What the ground of all simulations costs: CPU per frame and per timer, memory per node and per link, of testkit alone.
//   node --expose-gc --conditions=@macula/source --import ./tools/typescript-loader.mjs tools/simulate/network.mjs [--nodes 1000] …
import { memoryNetwork, seededRandom, virtualClock } from '@macula/testkit';
import { FrameWriter } from '@macula/wire';
import { optionsOf } from './options.mjs';

const {
  nodes: count,
  links: perNode,
  seconds,
} = optionsOf({ nodes: 1_000, links: 10, seconds: 60 });
const ping = 0xe0;
const pong = 0xe1;
const question = 0xe2;

await timers();
await network();

/** Deadlines that are cancelled before they are due, as those of probes and requests are. */
async function timers() {
  const clock = virtualClock();
  const random = seededRandom(1);
  let fired = 0;
  const begin = process.cpuUsage();
  const tick = () => {
    fired++;
    clock.setTimer(() => undefined, 500).cancel();
    clock.setTimer(tick, 900 + random.integer(200));
  };
  for (let i = 0; i < count * 10; i++) clock.setTimer(tick, random.integer(1_000));
  await clock.advance(20_000);
  console.log(
    `timers: ${micros(begin, fired)} µs for one that fires and one that is cancelled, ${count * 10} pending, one instant per ms`,
  );
}

async function network() {
  const clock = virtualClock();
  const random = seededRandom(2);
  const before = heap();
  const mesh = memoryNetwork({
    clock,
    random,
    omniscient: true,
    latencyMs: { min: 1, max: 50 },
    loss: 0.001,
  });
  const nodes = Array.from({ length: count }, () => mesh.node());
  const withNodes = heap();
  const writer = new FrameWriter();
  let begin = process.cpuUsage();
  const dials = nodes.flatMap((node, at) =>
    Array.from({ length: perNode / 2 }, (_, i) =>
      node.link(nodes[(at + 7 ** (i + 1)) % count].self),
    ),
  );
  await clock.complete(Promise.all(dials));
  const links = dials.length;
  console.log(`dials: ${micros(begin, links)} µs each, ${links} links`);
  const withLinks = heap();
  console.log(
    `memory: ${((withNodes - before) / count).toFixed(0)} bytes a node, ${((withLinks - withNodes) / links).toFixed(0)} bytes a link, both ends`,
  );

  const header = new Uint8Array(20);
  let answered = 0;
  for (const node of nodes) {
    const deadlines = [];
    node.handle(ping, (link) => link.sendDatagram(writer.empty().frame(pong, header)));
    node.handle(pong, () => {
      answered++;
      deadlines.shift()?.cancel();
    });
    node.handleRequest(question, (_link, body) => body);
    const probe = () => {
      const all = [...node.all()];
      all[random.integer(all.length)].sendDatagram(writer.empty().frame(ping, header));
      deadlines.push(node.clock.setTimer(() => undefined, 500));
      node.clock.setTimer(probe, 1_000);
    };
    node.clock.setTimer(probe, random.next() * 1_000);
  }
  await measured('probes (two datagrams, two timers)', async () => clock.advance(seconds * 1_000));

  for (const node of nodes) {
    const ask = () => {
      const all = [...node.all()];
      void all[random.integer(all.length)].request(question, header).then(() => answered++);
      node.clock.setTimer(ask, 1_000);
    };
    node.clock.setTimer(ask, random.next() * 1_000);
  }
  await measured('the same and a request each', async () => clock.advance(seconds * 1_000));
  console.log(`memory after use: ${((heap() - withNodes) / links).toFixed(0)} bytes a link`);

  async function measured(what, run) {
    mesh.stats.reset();
    begin = process.cpuUsage();
    await run();
    const { frames } = mesh.stats.total.sent;
    console.log(
      `${what}: ${micros(begin, frames)} µs of CPU a frame, ${frames} frames in ${seconds} s, ${answered} answers`,
    );
  }
}

function micros(begin, count) {
  const { user, system } = process.cpuUsage(begin);
  return ((user + system) / count).toFixed(2);
}

function heap() {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
