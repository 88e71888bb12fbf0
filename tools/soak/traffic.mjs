// A mesh of five processes under mixed traffic: plain and acknowledged events, calls, streams, subscriptions and
// registrations that come and go. Every message is counted; heap after garbage collection and RSS of every process must
// stay flat. Started by main.mjs.
import { eventually, ProcessMesh } from '../../packages/node/test/processes/process-mesh.ts';
import { judged } from './flatness.mjs';

const mebibyte = 1_048_576;
const [seconds] = process.argv.slice(2).map(Number);
const samplesWanted = 60;

const mesh = new ProcessMesh({ realm: 'be.macula.soak' }, ['--expose-gc']);
const nodes = await mesh.start('home', 'utility', 'dashboard', 'guest');
const { home, utility, dashboard, guest } = nodes;
const all = Object.values(nodes);

for (const node of [utility, dashboard]) await node.ask('subscribe', { pattern: 'soak.**' });
for (const node of [home, utility]) {
  await node.ask('serve', { procedure: 'soak.status', invoke: 'fastest' });
}
await home.ask('serveStreams', { procedure: 'soak.steer' });
await everywhere(5);

const events = { 'soak.measured': 0, 'soak.contract': 1, 'soak.offer': 0 };
await home.ask('publish', { topic: 'soak.measured', rate: 1_000, qos: 0 });
await home.ask('publish', { topic: 'soak.contract', rate: 200, qos: 1 });
await guest.ask('publish', { topic: 'soak.offer', rate: 200, qos: 0 });
for (const node of [dashboard, guest]) {
  await node.ask('call', { procedure: 'soak.status', rate: 300, timeout: 5_000 });
}
await dashboard.ask('stream', { procedure: 'soak.steer', rate: 5 });
await guest.ask('comeAndGo', { name: 'soak-guest', rate: 5 });

const heap = new Map(all.map(({ name }) => [name, []]));
const rss = new Map(all.map(({ name }) => [name, []]));
const started = performance.now();
for (let sample = 1; sample <= samplesWanted; sample++) {
  const due = started + (seconds * 1_000 * sample) / samplesWanted;
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  const at = (performance.now() - started) / 1_000;
  for (const node of all) {
    await node.ask('collectGarbage');
    const report = await node.report();
    heap.get(node.name).push({ at, value: report.heap });
    rss.get(node.name).push({ at, value: report.rss });
  }
}

const published = {};
for (const topic of Object.keys(events)) {
  published[topic] = await (topic === 'soak.offer' ? guest : home).ask('hush', { topic });
}
const worked = {};
for (const [node, what] of [
  [dashboard, 'soak.status'],
  [guest, 'soak.status'],
  [dashboard, 'soak.steer'],
  [guest, 'soak-guest'],
]) {
  worked[`${node.name} ${what}`] = await node.ask('hangUp', { procedure: what });
}
const failures = [];
const counted = {};
for (const node of [utility, dashboard]) {
  for (const [topic, { begun }] of Object.entries(published)) {
    const stream = `${topic === 'soak.offer' ? 'guest' : 'home'} ${topic}`;
    const count = await eventually(`${node.name} has all of ${stream}`, async () => {
      const { events: seen } = await node.report();
      return seen[stream]?.last === begun ? seen[stream] : undefined;
    });
    counted[`${node.name} ${topic}`] = { published: begun, ...count };
    const { received, duplicates, disordered, missing } = count;
    if (received !== begun || duplicates + disordered + missing > 0) {
      failures.push(
        `${node.name} has ${received} of ${begun} on ${topic}: ${missing} lost, ${duplicates} twice, ${disordered} out of order`,
      );
    }
  }
}
for (const [what, { begun, succeeded, failed }] of Object.entries({ ...published, ...worked })) {
  if (succeeded !== begun)
    failures.push(`${what}: ${begun - succeeded} failed ${JSON.stringify(failed)}`);
}
const judgements = all.flatMap(({ name }) => [
  { process: name, ...judged('heap', heap.get(name), { least: mebibyte, share: 0.03 }) },
  { process: name, ...judged('rss', rss.get(name), { least: 16 * mebibyte, share: 0.1 }) },
]);
for (const { process: of, name, growth, flat } of judgements) {
  if (!flat) failures.push(`${name} of ${of} grew by ${(growth / mebibyte).toFixed(2)} MiB`);
}
for (const node of all.reverse()) {
  const { code, held } = await node.retire();
  if (code !== 0 || held.length > 0)
    failures.push(`${node.name} ended with ${code}, held by ${held}`);
}
process.stdout.write(JSON.stringify({ seconds, counted, worked, judgements, failures }));

/** Resolves when every node knows so many directory entries. */
async function everywhere(entries) {
  for (const node of all) {
    await eventually('all is known', async () => (await node.report()).entries >= entries);
  }
}
