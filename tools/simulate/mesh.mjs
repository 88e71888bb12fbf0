// SWIM and Kademlia together over testkit's memory network, in virtual time: the real code of both, thousands of nodes in one
// process. Says what it costs and how well it does; exits with 1 when members are given up or lookups fail.
//   node --conditions=@macula/source --import ./tools/typescript-loader.mjs tools/simulate/mesh.mjs [--nodes 1000] [--minutes 10] …
import { createHash } from 'node:crypto';
import { DirectoryKey, NodeId } from '@macula/core';
import { createKademlia } from '@macula/dht';
import { createSwim, StatementPool } from '@macula/swim';
import { logNormalLatency, memoryNetwork, seededRandom, virtualClock } from '@macula/testkit';
import { bucketMates } from './bucket-mates.mjs';
import { optionsOf } from './options.mjs';

const options = optionsOf({
  nodes: 1_000,
  minutes: 10,
  seed: 1,
  // How many nodes join per virtual second; each through one of those that are there.
  joins: 100,
  // Lookups per virtual second, in the whole mesh.
  lookups: 10,
  keys: 200,
  loss: 0,
  // Seconds after which unused links close; the product's default. Shorter saves memory.
  idle: 300,
  // Begin with a mesh that has been up for long: everybody knows everybody, and tables are full.
  settled: false,
});
const { nodes: count, minutes, seed, joins, lookups: lookupRate, keys, loss, idle } = options;

const seal = (publicKey, data) => createHash('sha256').update(publicKey).update(data).digest();
const verify = (key, data, signature) => Buffer.compare(seal(key, data), signature) === 0;

const clock = virtualClock();
const random = seededRandom(seed);
const network = memoryNetwork({
  clock,
  random: random.fork(),
  latencyMs: logNormalLatency({ medianMs: 20 }),
  loss,
  idleMs: idle * 1_000,
});
// Simulated nodes share what members say of themselves: a view of ten thousand by ten thousand fits into memory.
const statements = new StatementPool();
const nodes = [];
const told = { suspected: 0, failed: 0 };
let [asked, found, peakRss] = [0, 0, 0];
const began = process.cpuUsage();
const beganAt = performance.now();

await (options.settled ? settle() : grow());
const joined = { cpu: cpuSeconds(), ms: clock.now() };
const unknown = nodes.reduce((sum, node) => sum + (count - 1 - membersOf(node)), 0);
say(
  `all have joined; ${unknown === 0 ? 'everybody knows everybody' : `${unknown} of ${count * (count - 1)} acquaintances are missing`}`,
);
await announce();
Object.assign(told, { suspected: 0, failed: 0 });
network.stats.reset();
await live();
report();
process.exit(told.failed > 0 || found < asked * 0.999 ? 1 : 0);

function place() {
  const publicKey = random.bytes(32);
  const id = NodeId.fromBytes(createHash('sha256').update(publicKey).digest());
  // Hosts in many networks: Kademlia takes few contacts of one.
  const [a, b, c] = random.bytes(3);
  const host = `${11 + (a % 80)}.${b}.${c}.${1 + random.integer(250)}`;
  const links = network.node({ id, addresses: [{ host, port: 4_433 }] });
  return { id, publicKey, links, addresses: links.localAddresses };
}

/** `snapshot`: of the members that are known already; `contacts`: nodes for Kademlia's tables. */
function start({ id, publicKey, links }, bootstrap, snapshot, contacts) {
  const shared = { links, clock: links.clock };
  const membership = createSwim(
    { ...shared, random: random.fork(), statements },
    { bootstrap, incarnation: 1n, teachLinks: 'neighbours', ...(snapshot && { snapshot }) },
  );
  const directory = createKademlia(
    {
      ...shared,
      random: random.fork(),
      signer: { nodeId: id, publicKey, sign: (data) => seal(publicKey, data) },
      verify,
      membership: contacts === undefined ? membership : among(membership, contacts),
    },
    { bootstrap, cacheMs: 1 },
  );
  membership.onChange(({ type }) => {
    if (type === 'suspected' || type === 'failed') told[type]++;
  });
  nodes.push({ id, links, membership, directory });
  begin(membership);
  if (contacts === undefined) begin(directory);
}

function begin(startable) {
  Promise.resolve(startable.start()).catch(fail);
}

/** What Kademlia sees of the membership: some of its members, so that tables need not be made of all. */
function among(membership, contacts) {
  return {
    self: membership.self,
    members: () => contacts,
    get: (id) => membership.get(id),
    onChange: (listener) => membership.onChange(listener),
  };
}

async function settle() {
  const places = Array.from({ length: count }, place);
  const snapshot = places.map(({ id, addresses }) => ({
    id,
    addresses,
    metadata: {},
    status: 'alive',
    incarnation: 1n,
  }));
  const sorted = [...places].sort((a, b) => a.id.compare(b.id));
  const positions = new Map(sorted.map((one, at) => [one, at]));
  for (const own of places) {
    // Of itself, everybody knows better than the snapshot.
    start(own, [], snapshot, bucketMates(sorted, positions.get(own), 20, random));
    if (nodes.length % 1_000 === 0) say('waking members');
  }
  // All at once would have all their first lookups, and the links for them, in memory at the same time.
  for (const [at, { directory }] of nodes.entries()) {
    begin(directory);
    if (at % 10 === 9) await clock.advance(100);
    if (at % 1_000 === 999) say('waking directories');
  }
  await clock.advance(10_000);
}

async function grow() {
  while (nodes.length < count) {
    for (let i = 0; i < joins / 10 && nodes.length < count; i++) {
      start(
        place(),
        nodes[nodes.length && random.integer(nodes.length)]?.links.localAddresses ?? [],
      );
    }
    await clock.advance(100);
    if (nodes.length % (joins * 2) === 0) say('joining');
  }
  for (let waited = 0; waited < 60 && nodes.some((node) => membersOf(node) < count - 1); waited++) {
    await clock.advance(1_000);
  }
}

async function announce() {
  const announced = Array.from({ length: keys }, (_, at) =>
    nodes[random.integer(count)].directory
      .announce(keyOf(at), Buffer.from(String(at)))
      .confirmed({ timeout: 60_000 }),
  );
  await clock.complete(Promise.all(announced), { limitMs: 120_000 });
  say(`${keys} announcements are confirmed`);
}

async function live() {
  const end = clock.now() + minutes * 60_000;
  let nextWord = clock.now() + 60_000;
  while (clock.now() < end) {
    for (let i = 0; i < lookupRate; i++) lookUp();
    await clock.advance(1_000);
    if (clock.now() < nextWord) continue;
    nextWord += 60_000;
    say(`${found} of ${asked} found`);
  }
}

function lookUp() {
  const at = random.integer(keys);
  const reader = nodes[random.integer(count)];
  reader.directory.lookup(keyOf(at), { timeout: 10_000 }).then(
    (entries) => {
      asked++;
      if (entries.some(({ value }) => Buffer.from(value).toString() === String(at))) found++;
    },
    () => asked++,
  );
}

function report() {
  const { frames, bytes } = network.stats.total.sent;
  const perNode = (amount) => (amount / count / minutes / 60).toFixed(2);
  const links = nodes.reduce((sum, node) => sum + [...node.links.all()].length, 0) / count;
  console.log(
    [
      `mesh of ${count} nodes with SWIM and Kademlia, seed ${seed}:`,
      `  simulated: ${(joined.ms / 1_000).toFixed(0)} s of joining and ${minutes} min of life`,
      `  took ${cpuSeconds().toFixed(0)} s of CPU (joining ${joined.cpu.toFixed(0)} s), ${((performance.now() - beganAt) / 1_000).toFixed(0)} s of wall time, peak memory ${peak()} MB`,
      `  per node: ${perNode(frames)} frames and ${perNode(bytes)} bytes a second, ${links.toFixed(1)} links`,
      `  lookups: ${found} of ${asked} found`,
      `  members given up wrongly: ${told.failed}; suspected wrongly: ${told.suspected}`,
    ].join('\n'),
  );
}

function say(what) {
  console.error(
    `${(clock.now() / 1_000).toFixed(0)} s, ${nodes.length} nodes: ${what} (${cpuSeconds().toFixed(0)} s of CPU, ${peak()} MB)`,
  );
}

function membersOf({ membership }) {
  return membership.size;
}

function keyOf(at) {
  return DirectoryKey.of('simulation', String(at));
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
}

function peak() {
  peakRss = Math.max(peakRss, process.resourceUsage().maxRSS / 1_024);
  return peakRss.toFixed(0);
}

function fail(error) {
  console.error(error);
  process.exit(1);
}
