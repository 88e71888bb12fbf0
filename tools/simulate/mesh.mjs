// SWIM and Kademlia together over testkit's memory network, in virtual time: the real code of both, thousands of nodes in one
// process. Says what it costs and how well it does; exits with 1 when members are given up, lookups fail, or it takes more memory
// than it may. With `--workers 2`, two threads run half of the nodes each, and every one of them runs all that is written here; the
// result is the same.
//   node --conditions=@macula/source --import ./tools/typescript-loader.mjs tools/simulate/mesh.mjs [--nodes 1000] [--minutes 10] …
import { createHash } from 'node:crypto';
import { DirectoryKey, NodeId } from '@macula/core';
import { createKademlia } from '@macula/dht';
import { createSwim, StatementPool } from '@macula/swim';
import { joinShards, logNormalLatency, seededRandom } from '@macula/testkit';
import { bucketMates } from './bucket-mates.mjs';
import { demand } from './demand.mjs';
import { frameTraces } from './frame-traces.mjs';
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
  // Threads that share the nodes out among themselves.
  workers: 1,
  // Memory that it may take at most, in MiB.
  memory: Infinity,
  // Tell a fingerprint of all frames with their times.
  trace: false,
});
const { nodes: count, minutes, seed, joins, lookups: lookupRate, keys, loss, idle } = options;

const seal = (publicKey, data) => createHash('sha256').update(publicKey).update(data).digest();
const verify = (key, data, signature) => Buffer.compare(seal(key, data), signature) === 0;

const traces = options.trace ? frameTraces(() => shard.clock.now()) : undefined;
const shard = joinShards({
  shards: options.workers,
  program: import.meta.url,
  // Of delays around 20 ms, three in a thousand would be shorter.
  lookaheadMs: 10,
  seed,
  latencyMs: logNormalLatency({ medianMs: 20 }),
  loss,
  idleMs: idle * 1_000,
  ...(traces && { onFrame: traces.onFrame }),
});
const { clock, network } = shard;
// What every thread draws alike.
const random = seededRandom(seed);
// Simulated nodes share what members say of themselves: a view of ten thousand by ten thousand fits into memory.
const statements = new StatementPool();
const nodes = [];
const told = { suspected: 0, failed: 0, asked: 0, found: 0 };
let peakRss = 0;
const began = process.cpuUsage();
const beganAt = performance.now();

await (options.settled ? settle() : grow());
const joined = { cpu: cpuSeconds(), ms: clock.now() };
const unknown = await unknownMembers();
say(
  `all have joined; ${unknown === 0 ? 'everybody knows everybody' : `${unknown} of ${count * (count - 1)} acquaintances are missing`}`,
);
await announce();
Object.assign(told, { suspected: 0, failed: 0 });
network.stats.reset();
await live();
await report();

function place() {
  // A node's chance is its own, whatever its neighbours draw.
  const own = random.fork();
  const publicKey = own.bytes(32);
  const id = NodeId.fromBytes(createHash('sha256').update(publicKey).digest());
  // Hosts in many networks: Kademlia takes few contacts of one.
  const [a, b, c] = own.bytes(3);
  const host = `${11 + (a % 80)}.${b}.${c}.${1 + own.integer(250)}`;
  const node = network.node({ id, addresses: [{ host, port: 4_433 }] });
  traces?.add(id);
  return { ...node, publicKey, random: own };
}

/** `snapshot`: of the members that are known already; `contacts`: nodes for Kademlia's tables. */
function start(node, bootstrap, snapshot, contacts) {
  nodes.push(node);
  if (node.links === undefined) return;
  const { id, publicKey, links } = node;
  const shared = { links, clock: links.clock };
  node.membership = createSwim(
    { ...shared, random: node.random.fork(), statements },
    { bootstrap, incarnation: 1n, teachLinks: 'neighbours', ...(snapshot && { snapshot }) },
  );
  const mates = contacts?.();
  node.directory = createKademlia(
    {
      ...shared,
      random: node.random.fork(),
      signer: { nodeId: id, publicKey, sign: (data) => seal(publicKey, data) },
      verify,
      membership: mates === undefined ? node.membership : among(node.membership, mates),
    },
    { bootstrap, cacheMs: 1 },
  );
  node.membership.onChange(({ type }) => {
    if (type === 'suspected' || type === 'failed') told[type]++;
  });
  begin(node.membership);
  if (mates === undefined) begin(node.directory);
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
    start(own, [], snapshot, () => bucketMates(sorted, positions.get(own), 20, own.random));
    if (nodes.length % 1_000 === 0) say('waking members');
  }
  // All at once would have all their first lookups, and the links for them, in memory at the same time.
  for (const [at, { directory }] of nodes.entries()) {
    if (directory !== undefined) begin(directory);
    if (at % 10 === 9) await shard.advance(100);
    if (at % 1_000 === 999) say('waking directories');
  }
  await shard.advance(10_000);
}

async function grow() {
  while (nodes.length < count) {
    for (let i = 0; i < joins / 10 && nodes.length < count; i++) {
      const joining = place();
      start(joining, nodes[nodes.length && random.integer(nodes.length)]?.addresses ?? []);
    }
    await shard.advance(100);
    if (nodes.length % (joins * 2) === 0) say('joining');
  }
  for (let waited = 0; waited < 60 && (await unknownMembers()) > 0; waited++) {
    await shard.advance(1_000);
  }
}

async function announce() {
  let awaited = 0;
  for (let at = 0; at < keys; at++) {
    const { directory } = nodes[random.integer(count)];
    if (directory === undefined) continue;
    awaited++;
    directory
      .announce(keyOf(at), Buffer.from(String(at)))
      .confirmed({ timeout: 60_000 })
      .then(() => awaited--, fail);
  }
  while ((await sum(awaited)) > 0) await shard.advance(100);
  say(`${keys} announcements are confirmed`);
}

async function live() {
  const end = clock.now() + minutes * 60_000;
  let nextWord = clock.now() + 60_000;
  while (clock.now() < end) {
    for (let i = 0; i < lookupRate; i++) lookUp();
    await shard.advance(1_000);
    if (clock.now() < nextWord) continue;
    nextWord += 60_000;
    const [asked, found] = [await sum(told.asked), await sum(told.found)];
    say(`${found} of ${asked} found`);
  }
}

function lookUp() {
  const at = random.integer(keys);
  const { directory } = nodes[random.integer(count)];
  directory?.lookup(keyOf(at), { timeout: 10_000 }).then(
    (entries) => {
      told.asked++;
      if (entries.some(({ value }) => Buffer.from(value).toString() === String(at))) told.found++;
    },
    () => told.asked++,
  );
}

/** The main thread speaks for all, and ends the program. */
async function report() {
  const { frames, bytes } = network.stats.total.sent;
  const own = { ...told, frames, bytes, links: 0, failures: network.failures.length };
  for (const { links } of nodes) if (links !== undefined) own.links += [...links.all()].length;
  const shards = await shard.gather(own);
  const fingerprint = await traces?.fingerprint(shard);
  if (shard.index > 0) return;
  const all = Object.fromEntries(
    Object.keys(own).map((name) => [name, shards.reduce((total, one) => total + one[name], 0)]),
  );
  const perNode = (amount) => (amount / count / minutes / 60).toFixed(2);
  console.log(
    [
      `mesh of ${count} nodes with SWIM and Kademlia, seed ${seed}, in ${shard.count === 1 ? '1 thread' : `${shard.count} threads`}:`,
      `  simulated: ${(joined.ms / 1_000).toFixed(0)} s of joining and ${minutes} min of life`,
      `  took ${cpuSeconds().toFixed(0)} s of CPU (joining ${joined.cpu.toFixed(0)} s), ${wallSeconds()} s of wall time, peak memory ${peak()} MB`,
      `  per node: ${perNode(all.frames)} frames and ${perNode(all.bytes)} bytes a second, ${(all.links / count).toFixed(1)} links`,
      `  lookups: ${all.found} of ${all.asked} found`,
      `  members given up wrongly: ${all.failed}; suspected wrongly: ${all.suspected}; handlers that threw: ${all.failures}`,
      ...(fingerprint === undefined ? [] : [`  all frames: ${fingerprint}`]),
    ].join('\n'),
  );
  demand(all.failed === 0, `${all.failed} members were given up`);
  demand(all.found >= all.asked * 0.999, `${all.asked - all.found} lookups found nothing`);
  demand(peakRss <= options.memory, `it took ${peak()} MiB, and may take ${options.memory}`);
  process.exit();
}

function unknownMembers() {
  const known = nodes.filter(({ membership }) => membership !== undefined);
  return sum(known.reduce((unknown, { membership }) => unknown + count - 1 - membership.size, 0));
}

async function sum(amount) {
  return (await shard.gather(amount)).reduce((total, one) => total + one, 0);
}

function say(what) {
  if (shard.index > 0) return;
  console.error(
    `${(clock.now() / 1_000).toFixed(0)} s, ${nodes.length} nodes: ${what} (${cpuSeconds().toFixed(0)} s of CPU, ${wallSeconds()} s of wall time, ${peak()} MB)`,
  );
}

function keyOf(at) {
  return DirectoryKey.of('simulation', String(at));
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
}

function wallSeconds() {
  return ((performance.now() - beganAt) / 1_000).toFixed(0);
}

function peak() {
  peakRss = Math.max(peakRss, process.resourceUsage().maxRSS / 1_024);
  return peakRss.toFixed(0);
}

function fail(error) {
  console.error(error);
  process.exit(1);
}
