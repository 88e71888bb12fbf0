// Makes a node, lets it join another one and trade an event and a call, stops it; again and again, in one process, whose
// heap after garbage collection and whose handles must stay as they are. Started by main.mjs.
import { createNode } from '@macula/node';
import { judged } from './flatness.mjs';

const mebibyte = 1_048_576;
const [cycles] = process.argv.slice(2).map(Number);
const base = {
  realm: 'be.macula.soak',
  host: '127.0.0.1',
  environment: {},
  // What is remembered of nodes that left is bounded; with a small bound it is full before the warm-up is over.
  membership: { maxMembers: 8 },
  pubsub: { maxIncomingTopics: 8 },
  transport: { pool: { maxKnownPeers: 8 } },
};

const handlesBefore = process.getActiveResourcesInfo().length;
const seed = await createNode(base);
const bootstrap = seed.addresses.map(({ host, port }) => `${host}:${port}`);
let answered = 0;
let received = 0;
await seed.register('soak.greet', ([name]) => {
  answered++;
  return `hello ${name}`;
});
await seed.subscribe('soak.events.*', () => received++);

const heap = [];
const rss = [];
let handles = 0;
const started = performance.now();
for (let cycle = 1; cycle <= cycles; cycle++) {
  const node = await createNode({ ...base, bootstrap });
  const answer = await node.call('soak.greet', [cycle]);
  if (answer !== `hello ${cycle}`) throw new Error(`cycle ${cycle} was answered ${answer}`);
  await node.publish('soak.events.one', [cycle], { qos: 1 });
  await node.stop();
  if (cycle % Math.max(1, Math.round(cycles / 50)) === 0) sample(cycle);
}
const seconds = (performance.now() - started) / 1_000;
await seed.stop();
await new Promise((resolve) => setTimeout(resolve, 50));
const handlesAfter = process.getActiveResourcesInfo().length;

const judgements = [
  judged('heap', heap, { least: 0.5 * mebibyte, share: 0.02 }),
  judged('rss', rss, { least: 16 * mebibyte, share: 0.1 }),
];
const failures = judgements
  .filter(({ flat }) => !flat)
  .map(({ name, growth }) => `${name} grew by ${(growth / mebibyte).toFixed(2)} MiB`);
if (answered !== cycles) failures.push(`${answered} of ${cycles} calls were answered`);
if (received !== cycles) failures.push(`${received} of ${cycles} events arrived`);
if (handlesAfter !== handlesBefore) {
  failures.push(
    `${handlesAfter - handlesBefore} handles are left: ${process.getActiveResourcesInfo()}`,
  );
}
process.stdout.write(
  JSON.stringify({
    cycles,
    seconds,
    answered,
    received,
    openHandles: handles,
    judgements,
    failures,
  }),
);

function sample(at) {
  globalThis.gc();
  const { heapUsed, rss: resident } = process.memoryUsage();
  heap.push({ at, value: heapUsed });
  rss.push({ at, value: resident });
  handles = process.getActiveResourcesInfo().length;
}
