// Figures of pub/sub with very many nodes in virtual time: the real code over simulated links, with real signatures.
//   node --conditions=@macula/source --import ./tools/typescript-loader.mjs tools/simulate/pubsub.mjs <scenario> [--nodes 1000] …
// Scenarios: fanout, kill, fanin; see docs/benchmarks-pubsub.md. Fails, with exit code 1, when an event is missing, or comes twice.
import { ephemeralIdentity, verifySignature } from '@macula/identity';
import { createPubSub } from '@macula/pubsub';
import { memoryNetwork, seededRandom, virtualClock } from '@macula/testkit';
import { FrameKind } from '@macula/wire';
import { optionsOf, runScenarios } from './options.mjs';

const { positionals, nodes, events, budget, seed } = optionsOf({
  nodes: 1_000,
  events: 20,
  budget: 256,
  seed: 1,
});

/** Counters by name. */
class Counts {
  values = new Map();
  counter = ({ name }) => ({ inc: (by = 1) => this.values.set(name, this.of(name) + by) });
  gauge = () => ({ set: () => undefined });
  observedGauge = () => undefined;
  histogram = () => ({ observe: () => undefined });
  of = (name) => this.values.get(name) ?? 0;
}

/** One directory that all nodes see, 5 ms late. */
class CommonDirectory {
  entries = new Map();
  watchers = new Map();

  constructor(clock) {
    this.clock = clock;
  }

  of(node) {
    return {
      announce: (key, value) => {
        let entry = { key, node, id: '0', value };
        const entries = this.entries.get(key.key) ?? new Set();
        this.entries.set(key.key, entries.add(entry));
        const tell = (type) => this.tell({ type, entry });
        tell('added');
        return {
          update: (changed) => {
            entries.delete(entry);
            entry = { ...entry, value: changed };
            entries.add(entry);
            tell('updated');
          },
          withdraw: () => entries.delete(entry) && tell('removed'),
        };
      },
      lookup: async (key) => [...(this.entries.get(key.key) ?? [])],
      watch: (key, onChange) => {
        const watchers = this.watchers.get(key.key) ?? new Set();
        this.watchers.set(key.key, watchers.add(onChange));
        const entries = [...(this.entries.get(key.key) ?? [])];
        return { entries, ready: Promise.resolve(), close: () => watchers.delete(onChange) };
      },
    };
  }

  tell(change) {
    const watchers = this.watchers.get(change.entry.key.key);
    if (!watchers?.size) return;
    const late = () => [...watchers].forEach((watcher) => watcher(change));
    this.clock.setTimer(late, 5, { background: true });
  }
}

const clock = virtualClock();
const random = seededRandom(seed);
const network = memoryNetwork({ clock, random, omniscient: true, latencyMs: { min: 1, max: 5 } });
const directory = new CommonDirectory(clock);
const metrics = new Counts();
let failed = false;

async function start(options = {}) {
  const signer = await ephemeralIdentity({ clock, random });
  const links = network.node(signer.nodeId);
  const deps = { links, directory: directory.of(links.self), clock, random, metrics, signer };
  const pubsub = createPubSub(
    { ...deps, verify: verifySignature },
    { realm: 'org.example', ...options },
  );
  await pubsub.start();
  return { id: links.self, links, pubsub };
}

function check(holds, what) {
  if (holds) return;
  failed = true;
  console.error(`failed: ${what}`);
}

function copiesBy({ id }) {
  const { sentByKind } = network.stats.of(id);
  return [FrameKind.event, FrameKind.treeEvent].reduce(
    (sum, kind) => sum + (sentByKind.get(kind)?.frames ?? 0),
    0,
  );
}

/** Each scenario has its own. */
function topicOf(scenario) {
  return `simulated.${scenario}`;
}

async function audience(topic) {
  const publisher = await start();
  const subscribers = [];
  for (let i = 0; i < nodes; i++) {
    const subscriber = { ...(await start()), seen: [], missed: 0, alive: true };
    await subscriber.pubsub.subscribe(topic, ({ payload }) => subscriber.seen.push(payload), {
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
  for (let i = 1; i < events; i++) {
    await clock.complete(publisher.pubsub.publish(topic, i, { qos: i % 2 }));
  }
  await clock.advance(1_000);
  const most = Math.max(...[publisher, ...subscribers].map(copiesBy)) / events;
  const complete = subscribers.filter(({ seen }) => isComplete(seen, events)).length;
  const amplification =
    (metrics.of('macula_pubsub_sent_total') + metrics.of('macula_pubsub_relayed_total')) /
    metrics.of('macula_pubsub_needed_total');
  check(complete === nodes, `${nodes - complete} subscribers miss something`);
  check(most <= 16, `a node sends ${most} copies`);
  check(amplification <= 1.05, `the amplification is ${amplification}`);
  console.log(
    `fanout, ${nodes} subscribers: all ${events} events at ${complete}; at most ${most} copies per node and event; ` +
      `amplification ${amplification.toFixed(4)}; first tree after ${installed.toFixed(0)} ms; ` +
      `publisher has ${[...publisher.links.all()].length} links`,
  );
}

/** A forwarder dies in the middle of a stream of acknowledged events. */
async function kill(name) {
  const topic = topicOf(name);
  const { publisher, subscribers } = await audience(topic);
  await clock.complete(publisher.pubsub.publish(topic, 0));
  const victim = subscribers.find(({ links }) => links.get(publisher.id) !== undefined);
  const ends = [];
  for (let i = 1; i < events; i++) {
    if (i === Math.floor(events / 3)) {
      network.crash(victim.id);
      victim.alive = false;
    }
    const options = { qos: 1, timeout: 60_000 };
    ends.push(publisher.pubsub.publish(topic, i, options).catch(() => undefined));
    await clock.advance(100);
  }
  await clock.advance(10_000);
  const alive = subscribers.filter((subscriber) => subscriber.alive);
  const complete = alive.filter(({ seen }) => isComplete(seen, events)).length;
  check(complete === alive.length, `${alive.length - complete} subscribers miss something`);
  console.log(
    `kill, ${nodes} subscribers, one forwarder killed: all ${events} acknowledged events at ${complete} of ${alive.length}; ` +
      `${metrics.of('macula_pubsub_retries_total')} sent again`,
  );
}

/** Many publishers, one subscriber with few links. */
async function fanin(name) {
  const topic = topicOf(name);
  const hub = await start({ linkBudget: budget });
  const seen = new Map();
  await hub.pubsub.subscribe(topic, ({ payload }) =>
    seen.set(payload, (seen.get(payload) ?? 0) + 1),
  );
  const publishers = [];
  const ends = [];
  for (let i = 0; i < nodes; i++) {
    const publisher = await start({ linkBudget: budget });
    publishers.push(publisher);
    ends.push(publisher.pubsub.publish(topic, i, { qos: i % 2 }));
    await clock.advance(1);
  }
  await clock.complete(Promise.all(ends));
  await clock.advance(1_000);
  const once = [...seen.values()].filter((times) => times === 1).length;
  const most = Math.max(...[hub, ...publishers].map(({ links }) => [...links.all()].length));
  check(once === nodes, `${nodes - once} events did not arrive exactly once`);
  check(most <= budget, `a node has ${most} links`);
  console.log(
    `fanin, ${nodes} publishers, ${budget} links: ${once} events arrived exactly once; at most ${most} links at a node; ` +
      `${metrics.of('macula_pubsub_passed_on_total')} batches through inlets`,
  );
}

await runScenarios(positionals, { fanout, kill, fanin });
console.log(`${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MB`);
process.exit(failed ? 1 : 0);
