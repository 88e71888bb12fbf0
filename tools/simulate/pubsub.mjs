// Figures of pub/sub with very many nodes in virtual time: the real code over simulated links, with real signatures.
//   node --conditions=@macula/source --import ./tools/typescript-loader.mjs tools/simulate/pubsub.mjs <scenario> [--nodes 1000] …
// Scenarios: fanout, kill, fanin; see docs/benchmarks-pubsub.md. Fails, with exit code 1, when an event is missing or comes twice, or a
// bound is exceeded.
import { ephemeralIdentity, verifySignature } from '@macula/identity';
import { createPubSub } from '@macula/pubsub';
import { memoryNetwork, seededRandom, virtualClock } from '@macula/testkit';
import { FrameKind } from '@macula/wire';
import { CommonDirectory } from '../../packages/pubsub/test/common-directory.ts';
import { demand } from './demand.mjs';
import { optionsOf, runScenarios } from './options.mjs';

const { positionals, nodes, events, budget, together, victims, news, seed } = optionsOf({
  nodes: 1_000,
  events: 20,
  budget: 256,
  // Whether all publishers of a fanin begin in the same moment, before anybody knows of inlets.
  together: false,
  // How many forwarders a kill takes at once.
  victims: 1,
  // When membership tells of that: never, before their links have closed, or after it.
  news: 'never',
  seed: 1,
});

/** Counters by name. */
class Counts {
  values = new Map();
  counter = ({ name }) => ({ inc: (by = 1) => this.values.set(name, this.of(name) + by) });
  gauge = () => ({ set: () => undefined });
  reads = new Map();
  observedGauge = ({ name }, read) => {
    const reads = this.reads.get(name);
    if (reads === undefined) this.reads.set(name, [read]);
    else reads.push(read);
    return () => undefined;
  };
  histogram = () => ({ observe: () => undefined });
  of = (name) => this.values.get(name) ?? 0;
  /** The sum of a gauge over all nodes. */
  read = (name) => (this.reads.get(name) ?? []).reduce((sum, read) => sum + read(), 0);
}

const clock = virtualClock();
const random = seededRandom(seed);
const longestHopMs = 5;
/** So long it takes to notice that a node has died. */
const silenceMs = 5_000;
/** So long publishers that begin together may need until each has its way. */
const crowdMs = 10_000;
/** A topic unused for so long is released by publishers of a fanin, with the way that it was for. */
const topicIdleMs = 60_000;
const latencyMs = { min: 1, max: longestHopMs };
const network = memoryNetwork({ clock, random, omniscient: true, latencyMs, silenceMs });
const directory = new CommonDirectory(clock);
const metrics = new Counts();

async function start(options = {}) {
  const signer = await ephemeralIdentity({ clock, random });
  const links = network.node(signer.nodeId);
  const news = toldMembership(links.self);
  const { membership } = news;
  const deps = { links, directory: directory.of(links.self), clock, random, metrics, signer };
  const pubsub = createPubSub(
    { ...deps, membership, verify: verifySignature },
    { realm: 'org.example', ...options },
  );
  await pubsub.start();
  return { id: links.self, links, pubsub, told: news.told };
}

/** A membership that knows what it is told. */
function toldMembership(self) {
  const listeners = new Set();
  const member = (id) => ({ id, addresses: [], status: 'alive', incarnation: 1n, metadata: {} });
  const onChange = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const none = () => undefined;
  return {
    membership: { self: member(self), members: () => [], get: none, setMetadata: none, onChange },
    told: (type, id) => listeners.forEach((listener) => listener({ type, member: member(id) })),
  };
}

function copiesBy({ id }) {
  const { sentByKind } = network.stats.of(id);
  return [FrameKind.event, FrameKind.treeEvent].reduce(
    (sum, kind) => sum + (sentByKind.get(kind)?.frames ?? 0),
    0,
  );
}

/** Copies that were sent, for each that arrived and was new. */
function checkedAmplification() {
  const [sent, relayed, received] = ['sent', 'relayed', 'received'].map((name) =>
    metrics.of(`macula_pubsub_${name}_total`),
  );
  const amplification = (sent + relayed) / received;
  const fits = amplification >= 1 && amplification <= 1.05;
  demand(fits, `the amplification is ${amplification}`);
  return amplification.toFixed(4);
}

/** Each scenario has its own. */
function topicOf(scenario) {
  return `simulated.${scenario}`;
}

async function audience(topic) {
  const publisher = await start();
  const subscribers = [];
  for (let i = 0; i < nodes; i++) {
    const subscriber = { ...(await start()), seen: [], lastAt: 0, missed: 0 };
    const see = ({ payload }) => {
      subscriber.seen.push(payload);
      subscriber.lastAt = clock.now();
    };
    await subscriber.pubsub.subscribe(topic, see, {
      onGap: ({ from, to }) => (subscriber.missed += to - from + 1),
    });
    subscribers.push(subscriber);
  }
  return { publisher, subscribers };
}

const isComplete = (seen, count) =>
  seen.length === count && seen.every((value, index) => value === index);

/** One publisher, many subscribers, both qualities of service. */
async function fanout(name) {
  const topic = topicOf(name);
  const { publisher, subscribers } = await audience(topic);
  const before = clock.now();
  await clock.complete(publisher.pubsub.publish(topic, 0));
  const installed = clock.now() - before;
  await clock.advance(1_000);
  let most = 0;
  let latest = 0;
  for (let i = 1; i < events; i++) {
    const all = [publisher, ...subscribers];
    const copies = all.map(copiesBy);
    const began = clock.now();
    void publisher.pubsub.publish(topic, i, { qos: i % 2 });
    await clock.advance(100);
    all.forEach((node, at) => (most = Math.max(most, copiesBy(node) - copies[at])));
    for (const { lastAt } of subscribers) latest = Math.max(latest, lastAt - began);
  }
  const complete = subscribers.filter(({ seen }) => isComplete(seen, events)).length;
  demand(complete === nodes, `${nodes - complete} subscribers miss something`);
  demand(most <= 16, `a node sends ${most} copies`);
  demand(latest <= 4 * longestHopMs, `an event takes ${latest} ms, which is more than 4 hops`);
  console.log(
    `fanout, ${nodes} subscribers: all ${events} events at ${complete}; at most ${most} copies per node and event; ` +
      `amplification ${checkedAmplification()}; last after ${latest.toFixed(1)} ms; first tree after ${installed.toFixed(0)} ms; ` +
      `publisher has ${[...publisher.links.all()].length} links`,
  );
}

/** How much later than its death membership tells of a node. */
const newsAfterMs = { before: silenceMs / 2, after: silenceMs + 2_000, never: Infinity };

/** Forwarders die at once in the middle of a stream of events, every second of which is acknowledged. */
async function kill(name) {
  const topic = topicOf(name);
  const { publisher, subscribers } = await audience(topic);
  await clock.complete(publisher.pubsub.publish(topic, 0));
  const children = subscribers.filter(({ links }) => links.get(publisher.id) !== undefined);
  const dying = children.slice(0, victims);
  const others = subscribers.filter((subscriber) => !dying.includes(subscriber));
  const tellMs = newsAfterMs[news];
  demand(tellMs !== undefined, `news may be ${Object.keys(newsAfterMs).join(', ')}`);
  demand(dying.length === victims, `there are ${children.length} forwarders to kill`);
  const ends = [];
  const eachMs = 100;
  const total = Math.max(events, 2 + (3 * silenceMs) / eachMs);
  const killedAt = Math.floor(total / 3);
  const toldAt = killedAt + tellMs / eachMs;
  for (let i = 1; i < total; i++) {
    if (i === killedAt) for (const { id } of dying) network.crash(id);
    if (i === toldAt) for (const { id } of dying) publisher.told('failed', id);
    const options = { qos: i % 2, timeout: 60_000 };
    ends.push(publisher.pubsub.publish(topic, i, options).catch(() => undefined));
    await clock.advance(eachMs);
  }
  await clock.advance(10_000);
  const misses = others.filter(({ seen }) => !holdsAcknowledged(seen, total));
  const silent = others.filter(({ seen, missed }) => seen.length + missed !== total);
  const dark = others.filter(({ missed }) => missed > 0);
  // Every second event is a plain one: those of a detection time, and of the way to the news. Of several who die together one may be in the
  // tree that is made without the first, which then takes a second (or a millisecond for each member) more.
  const another = victims > 1 ? Math.max(1_000, nodes) : 0;
  const bound = Math.ceil((Math.min(silenceMs, tellMs) + another) / eachMs / 2) + 2;
  const most = Math.max(...others.map(({ missed }) => missed));
  demand(misses.length === 0, `${misses.length} subscribers miss an acknowledged event`);
  demand(silent.length === 0, `${silent.length} subscribers do not know what they miss`);
  demand(dark.length > 0, 'nobody was behind the one that died');
  demand(most <= bound, `${most} plain events are missed, which is more than a detection time`);
  console.log(
    `kill, ${nodes} subscribers, ${victims} forwarder(s) killed, membership tells ${news}: all acknowledged ones of ${total} events at ${others.length - misses.length} of ${others.length}; ` +
      `${metrics.of('macula_pubsub_retries_total')} sent again, amplification ${checkedAmplification()}; ` +
      `${dark.length} missed plain events, ${most} at most within ${((most * 2 * eachMs) / 1_000).toFixed(1)} s, and were told of each`,
  );
}

/** All events that were to be acknowledged, and whatever there is in order. */
function holdsAcknowledged(seen, count) {
  const had = new Set(seen);
  for (let i = 1; i < count; i += 2) if (!had.has(i)) return false;
  return seen.every((value, at) => at === 0 || value > seen[at - 1]);
}

/** Many publishers, one subscriber with few links. */
async function fanin(name) {
  const topic = topicOf(name);
  const hub = await start({ linkBudget: budget });
  const seen = new Map();
  let lastAt = 0;
  await hub.pubsub.subscribe(topic, ({ payload }) => {
    seen.set(payload, (seen.get(payload) ?? 0) + 1);
    lastAt = clock.now();
  });
  const publishers = [];
  const ends = [];
  let most = 0;
  const countLinks = (of) => {
    for (const { links } of of) most = Math.max(most, [...links.all()].length);
  };
  const begin = ({ pubsub }, i) => ends.push(pubsub.publish(topic, i, { qos: i % 2 }));
  for (let i = 0; i < nodes; i++) {
    const publisher = await start({ linkBudget: budget, topicIdleMs });
    publishers.push(publisher);
    if (together) continue;
    begin(publisher, i);
    await clock.advance(1);
    countLinks(i % 100 === 0 ? [hub, ...publishers] : [hub]);
  }
  if (together) {
    publishers.forEach(begin);
    for (const end = clock.now() + crowdMs; clock.now() < end;) {
      await clock.advance(1);
      countLinks([hub]);
    }
  }
  await clock.complete(Promise.all(ends));
  await clock.advance(1_000);
  /** Gives how long an event takes at most. */
  const publishInTurn = async (round, patienceMs) => {
    let latest = 0;
    for (let i = 0; i < nodes; i += 100) {
      const began = clock.now();
      for (const [at, { pubsub }] of publishers.slice(i, i + 100).entries()) {
        void pubsub.publish(topic, round * nodes + i + at, { qos: at % 2 });
      }
      await clock.advance(patienceMs);
      latest = Math.max(latest, lastAt - began);
    }
    return latest;
  };
  // Once more, when all ways stand.
  const latest = await publishInTurn(1, 100);
  countLinks([hub, ...publishers]);
  const stood = metrics.read('macula_pubsub_ways');
  // And when the topic has idled out everywhere, and all ways are over.
  await clock.advance(2.5 * topicIdleMs);
  const left = metrics.read('macula_pubsub_ways');
  demand(left === 0, `${left} ends of ways are left`);
  await publishInTurn(2, 1_000);
  countLinks([hub, ...publishers]);
  const stand = metrics.read('macula_pubsub_ways');
  demand(stand <= stood, `${stand} ends of ways stand where ${stood} were enough`);
  const once = [...seen.values()].filter((times) => times === 1).length;
  demand(once === 3 * nodes, `${3 * nodes - once} events did not arrive exactly once`);
  demand(most <= budget, `a node has ${most} links`);
  demand(latest <= 2 * longestHopMs, `an event takes ${latest} ms, which is more than 2 hops`);
  console.log(
    `fanin, ${nodes} publishers${together ? ' at once' : ''}, ${budget} links: ${once} of ${3 * nodes} events arrived exactly once; at most ${most} links at a node; ` +
      `last after ${latest.toFixed(1)} ms; ${metrics.of('macula_pubsub_passed_on_total')} batches through inlets`,
  );
}

await runScenarios(positionals, { fanout, kill, fanin });
console.log(`${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MB`);
process.exit();
