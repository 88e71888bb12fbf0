// Figures of the Directory over Kademlia in virtual time: the real code over simulated links.
//   node --conditions=@macula/source --import ./tools/typescript-loader.mjs tools/simulate/dht.mjs <scenario> [--nodes 1000] …
// Scenarios: lookups, joins, churn, malicious, eclipse, collusion, notify, changes; see docs/benchmarks-dht.md. Exits with 1 when lookups of a quiet
// mesh, of one in churn, or over disjoint paths among 20 % liars fail or take too many hops, when those of a quiet mesh with warm tables take
// longer than three round trips, and when a change is told late, not to all, or by too many notifications of one node.
import { FrameKind } from '@macula/wire';
import { demand } from './demand.mjs';
import { attacks } from './dht-attacks.mjs';
import { DhtMesh, percentile } from './dht-mesh.mjs';
import { optionsOf, runScenarios } from './options.mjs';

const options = optionsOf({
  nodes: 1_000,
  seed: 1,
  keys: 200,
  lookups: 1_000,
  hours: 1,
  // Of the nodes: 0.3 in churn and 0.2 in attacks where it is not given.
  share: 0,
  k: 20,
  kill: 0,
  subnets: 250,
  attackers: 20,
  shares: [0.1, 0.2, 0.3, 0.4, 0.5],
  paths: [1, 3],
  alpha: 3,
  read: 3,
  manner: 'accomplices',
  watchers: 10,
  newcomers: 50,
  settled: false,
});
const { nodes: count, keys, lookups, seed, k } = options;
/** In the median: each message takes 10 to 50 ms. */
const roundTripMs = 60;

/** `least`: what share of the lookups must succeed, over no more hops than Kademlia's bound in the median. */
function report(what, { count: asked, found, success, hops, requests, latencies }, least = 0) {
  const bound = Math.log2(count) / 2 + 2;
  demand(success >= least, `${what}: ${found} of ${asked} found`);
  demand(least === 0 || percentile(hops, 0.5) <= bound, `${what}: more hops than ${bound}`);
  const sum = requests.reduce((a, b) => a + b, 0);
  console.log(
    `${what}: ${found} of ${asked} found (${(100 * success).toFixed(2)} %); hops median ${percentile(hops, 0.5)}, p99 ${percentile(hops, 0.99)} (bound ${bound.toFixed(1)}); ` +
      `requests per lookup mean ${(sum / requests.length).toFixed(1)}, p99 ${percentile(requests, 0.99)}; ` +
      `latency median ${percentile(latencies, 0.5)} ms, p99 ${percentile(latencies, 0.99)} ms`,
  );
}

async function grown(more = {}) {
  const mesh = new DhtMesh({ seed, options: { k, ...more } });
  const begin = process.cpuUsage();
  // Settled: the routing tables of a mesh that has been up for long; otherwise all nodes join one after the other.
  await (options.settled ? mesh.populate(count, k) : mesh.grow(count));
  await mesh.clock.advance(5_000);
  const { user, system } = process.cpuUsage(begin);
  const each = (sum) => (sum / count).toFixed(0);
  const sumOf = (read) => mesh.nodes.reduce((sum, node) => sum + read(node), 0);
  console.log(
    `${count} nodes have joined; each: ${each(mesh.network.requests)} requests, ${each(sumOf(({ links }) => links.all().length))} links, ` +
      `${each(sumOf(({ directory }) => directory.state.contacts))} contacts, ${((user + system) / 1_000 / count).toFixed(1)} ms of CPU`,
  );
  return mesh;
}

function reportStores(announced) {
  const stored = announced.filter(({ receipt }) => receipt !== undefined);
  const replicas = stored.map(({ receipt }) => receipt.confirmed);
  const times = stored.map(({ ms }) => ms);
  console.log(
    `${stored.length} of ${announced.length} announcements confirmed by a quorum; replicas median ${percentile(replicas, 0.5)}, least ${Math.min(...replicas)}; ` +
      `after median ${percentile(times, 0.5)} ms, p99 ${percentile(times, 0.99)} ms`,
  );
}

/** Lookups in a mesh where nobody fails. */
async function quiet() {
  const mesh = await grown();
  const announced = await mesh.announce(keys);
  reportStores(announced);
  report('lookups, anybody', await mesh.lookups(announced, lookups), 0.999);
  // Nodes that have looked up other keys before have links to some of their far contacts.
  const readers = mesh.some(50);
  const half = announced.length / 2;
  await mesh.lookups(announced.slice(0, half), readers.length * 20, { readers });
  const warm = await mesh.lookups(announced.slice(half), lookups, { readers });
  report('lookups by nodes that have looked up 20 other keys before', warm, 0.999);
  const latency = percentile(warm.latencies, 0.5);
  demand(latency <= 3 * roundTripMs, `with warm tables lookups take ${latency} ms`);
}

/**
 * Newcomers, one after the other: how long until each is started, and has its first announcement confirmed; and what it has asked, and
 * how many links it has opened, after 10 s.
 */
async function joins() {
  const mesh = await grown();
  const kinds = new Map(Object.entries(FrameKind).map(([name, kind]) => [kind, name]));
  const [started, confirmed, asked, opened] = [[], [], new Map(), []];
  for (let at = 0; at < options.newcomers; at++) {
    const sent = [];
    mesh.network.count = (kind, from) => sent.push({ kind, from });
    const begin = mesh.clock.now();
    const node = await mesh.complete(mesh.join());
    started.push(mesh.clock.now() - begin);
    await mesh.clock.advance(10_000);
    opened.push(node.links.dialled);
    for (const { kind } of sent.filter(({ from }) => from.equals(node.id))) {
      asked.set(kind, (asked.get(kind) ?? 0) + 1);
    }
    const announcement = node.directory.announce(mesh.key(at), Buffer.from('new'));
    const announced = mesh.clock.now();
    await mesh.complete(announcement.confirmed());
    confirmed.push(mesh.clock.now() - announced);
  }
  const perNode = (sum) => (sum / options.newcomers).toFixed(1);
  const requests = [...asked].map(([kind, count]) => `${perNode(count)} ${kinds.get(kind)}`);
  console.log(
    `${options.newcomers} newcomers: started after median ${percentile(started, 0.5)} ms, p99 ${percentile(started, 0.99)} ms; ` +
      `links opened median ${percentile(opened, 0.5)}, p99 ${percentile(opened, 0.99)}; requests of each, mean: ${requests.join(', ')}; ` +
      `first announcement confirmed after median ${percentile(confirmed, 0.5)} ms`,
  );
}

/** A share of the nodes is replaced every hour, one after the other, without goodbye; no membership tells of it. */
async function churn() {
  const share = options.share || 0.3;
  const { hours } = options;
  const mesh = await grown();
  const announced = await mesh.announce(keys);
  const all = { count: 0, found: 0, hops: [], requests: [], latencies: [] };
  const rounds = Math.ceil(hours * 30);
  const perRound = Math.ceil(lookups / rounds);
  for (let round = 0; round < rounds; round++) {
    const replaced =
      Math.round((count * share * hours * (round + 1)) / rounds) -
      Math.round((count * share * hours * round) / rounds);
    for (let i = 0; i < replaced; i++) {
      const [victim] = mesh.some(1);
      mesh.crash(victim);
      void mesh.join();
      await mesh.clock.advance((hours * 3_600_000) / rounds / replaced);
    }
    // What a crashed node had announced is not asked for.
    const living = announced.filter(({ node }) => node.links.alive);
    const result = await mesh.lookups(living, perRound);
    all.count += result.count;
    all.found += result.found;
    for (const name of ['hops', 'requests', 'latencies']) all[name].push(...result[name]);
  }
  report(
    `lookups while ${share * 100} % of the nodes are replaced per hour`,
    {
      ...all,
      success: all.found / all.count,
    },
    0.99,
  );
}

/** All nodes but one watch a key, and that one announces under it: who hears of it, when, and who had to send how much. */
async function notify() {
  const mesh = await grown();
  const [announcer, ...watchers] = mesh.nodes;
  const key = mesh.key(0);
  const { seen } = await mesh.watchAll(key, watchers);
  console.log(`${watchers.length} nodes watch the key`);
  const { kill } = options;
  if (kill > 0) {
    for (const victim of watchers.filter(() => mesh.random.next() < kill)) {
      seen.delete(victim);
      mesh.crash(victim);
    }
  }
  for (const text of ['first', 'second']) {
    const sent = new Map();
    let bytes = 0;
    mesh.network.count = (kind, { key: from }, length) => {
      if (kind !== FrameKind.kademliaNotify) return;
      sent.set(from, (sent.get(from) ?? 0) + 1);
      bytes += length;
    };
    const begin = mesh.clock.now();
    await mesh.complete(announcer.directory.announce(key, Buffer.from(text)).confirmed());
    const stored = mesh.clock.now();
    await mesh.clock.advance(130_000);
    const times = [...seen.values()].flatMap((changes) =>
      changes.filter((change) => change.text === text).map(({ at }) => at),
    );
    const late = times.map((at) => Math.max(0, at - stored));
    const counts = [...sent.values()];
    const total = counts.reduce((a, b) => a + b, 0);
    demand(times.length === seen.size, `${seen.size - times.length} watchers are not told`);
    demand(Math.max(...counts) <= 64, `a node sends ${Math.max(...counts)} notifications`);
    console.log(
      `${text} change: told ${times.length} of ${seen.size} watchers; confirmed after ${stored - begin} ms; ` +
        `seen median ${percentile(late, 0.5)} ms, p99 ${percentile(late, 0.99)} ms, last ${Math.max(...late)} ms after that; ` +
        `notifications: most from one node ${Math.max(...counts)}, ${total} in all (${(bytes / 1e6).toFixed(1)} MB) from ${counts.length} nodes`,
    );
  }
}

/**
 * Ordinary keys: a few nodes watch each of them, as publishers do whose topic somebody subscribes to. Of each, somebody announces
 * and updates an entry; how long after the quorum has confirmed do the watchers know?
 */
async function changes() {
  const mesh = await grown();
  const { watchers: perKey } = options;
  const late = [];
  const ready = [];
  let expected = 0;
  for (let at = 0; at < keys; at++) {
    const key = mesh.key(at);
    const { seen, readyMs } = await mesh.watchAll(key, mesh.some(perKey));
    ready.push(...readyMs);
    const [announcer] = mesh.some(1);
    let announcement;
    for (const text of ['first', 'second']) {
      if (announcement === undefined) {
        announcement = announcer.directory.announce(key, Buffer.from(text));
      } else announcement.update(Buffer.from(text));
      await mesh.complete(announcement.confirmed());
      const stored = mesh.clock.now();
      await mesh.clock.advance(5_000);
      expected += seen.size;
      for (const history of seen.values()) {
        for (const change of history.filter((one) => one.text === text)) {
          late.push(Math.max(0, change.at - stored));
        }
      }
    }
  }
  demand(late.length === expected, `${expected - late.length} changes are not seen`);
  demand(percentile(late, 0.99) <= 2 * roundTripMs, 'changes are seen late');
  console.log(
    `a watch is ready after median ${percentile(ready, 0.5)} ms, p99 ${percentile(ready, 0.99)} ms`,
  );
  console.log(
    `${late.length} of ${expected} changes seen by ${perKey} watchers each of ${keys} keys; after the confirmation by a quorum: ` +
      `median ${percentile(late, 0.5)} ms, p99 ${percentile(late, 0.99)} ms, last ${Math.max(...late)} ms (round trip ${roundTripMs} ms)`,
  );
}

const scenarios = {
  lookups: quiet,
  joins,
  churn,
  ...attacks({ options, grown, report, reportStores }),
  notify,
  changes,
};
await runScenarios(options.positionals, scenarios, []);
