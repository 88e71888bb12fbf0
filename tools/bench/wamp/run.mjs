// The WAMP façade beside fox-wamp: the same clients, the same work, one run. Called by `npm run bench -- wamp`.
import { sectionOptions } from '../bench-options.mjs';
import { measureCalls } from '../mesh/calls.mjs';
import { measurePubSub } from '../mesh/pubsub.mjs';
import { printTable } from '../mesh/report.mjs';
import { prepareRivals } from '../mesh/rivals.mjs';
import { median } from '../mesh/sample.mjs';
import { Workers } from '../mesh/workers.mjs';
import { realm, routers } from './routers.mjs';

const values = sectionOptions({ runs: 3, quickRuns: 1 });
const { only, runs } = values;
const size = values.quick
  ? { one: 20_000, ten: 4_000, paced: 1_000, calls: 10_000, sequential: 1_000 }
  : { one: 100_000, ten: 15_000, paced: 3_000, calls: 50_000, sequential: 5_000 };
const log = (line) => process.stderr.write(`${line}\n`);
const execPath = values.peers ? prepareRivals(log) : process.execPath;
const wanted = (name) => only === undefined || only.includes(name);
const contenders = Object.keys(routers).filter(
  (name) => wanted(name) && (values.peers || name.startsWith('macula')),
);
const clients = (values.peers ? ['raw', 'wampy', 'autobahn'] : ['raw', 'wampy']).filter(
  (name) =>
    only === undefined || wanted(name) || !only.some((one) => /raw|wampy|autobahn/.test(one)),
);

const measures = {
  'events/s, 1 to 1': ['one', 'messagesPerSecond', 'more'],
  'router CPU µs/event': ['one', 'routerCpu', 'less'],
  'event p50 µs at 1,000/s': ['one', 'latencyP50', 'less'],
  'event p99 µs at 1,000/s': ['one', 'latencyP99', 'less'],
  lost: ['one', 'lost', 'count'],
  'deliveries/s, 1 to 10': ['ten', 'deliveriesPerSecond', 'more'],
  'calls/s, 64 in flight': ['calls', 'callsPerSecond', 'more'],
  'router CPU µs/call': ['calls', 'routerCpu', 'less'],
  'call p50 µs': ['calls', 'callP50', 'less'],
  'call p99 µs': ['calls', 'callP99', 'less'],
};

/** Messages that are sent before anything is measured; paced and sequential work is done twice, the first time to warm up. */
const warmUp = 500;

/** What one client library measures at one router. */
async function measure(contender, client) {
  const { processes, urls } = await routers[contender](execPath);
  const context = { contender: `../../wamp/clients/${client}`, urls, realm };
  const cpu = async () =>
    (await Promise.all(processes.map((router) => router.cpu()))).reduce((sum, each) => sum + each);
  const result = {};
  const step = async (key, units, work) => {
    const workers = new Workers(execPath);
    try {
      const before = await cpu();
      const values = await work(workers);
      const routerCpu = ((await cpu()) - before) / units;
      for (const [name, value] of Object.entries({ ...values, routerCpu })) {
        result[`${key}.${name}`] = value;
      }
    } catch (error) {
      log(`${contender}, ${client}, ${key}: ${error.message}`);
    } finally {
      await workers.stop();
    }
  };
  try {
    await step('one', size.one + 2 * size.paced + warmUp, (workers) =>
      measurePubSub(workers, context, {
        subscribers: 1,
        count: size.one,
        pacedCount: size.paced,
        window: 1_024,
      }),
    );
    await step('ten', size.ten + (2 * size.paced) / 10 + warmUp, (workers) =>
      measurePubSub(workers, context, {
        subscribers: 10,
        count: size.ten,
        pacedCount: size.paced / 10,
        window: 1_024,
      }),
    );
    await step('calls', size.calls + 2 * size.sequential + warmUp, (workers) =>
      measureCalls(workers, context, { count: size.calls, sequentialCount: size.sequential }),
    );
  } finally {
    await Promise.all(processes.map((router) => router.stop()));
  }
  return result;
}

const samples = {};
for (let i = 0; i < runs; i++) {
  for (const client of clients) {
    // Contenders take turns, so that a machine whose speed drifts treats all alike.
    for (const contender of contenders) {
      log(`run ${i + 1} of ${runs}: ${contender}, ${client}`);
      ((samples[client] ??= {})[contender] ??= []).push(await measure(contender, client));
    }
  }
}

const report = Object.fromEntries(
  clients.map((client) => [
    client,
    Object.fromEntries(
      contenders.map((contender) => [
        contender,
        Object.fromEntries(
          Object.entries(measures).map(([title, [step, name]]) => [
            title,
            median(samples[client][contender].map((sample) => sample[`${step}.${name}`])),
          ]),
        ),
      ]),
    ),
  ]),
);

const shown = (value) =>
  value === null
    ? '-'
    : value >= 1_000
      ? Math.round(value).toLocaleString('en-US')
      : String(Math.round(value * 10) / 10);

/** How many times better Macula is: above 1 is ahead, for rates as for latencies. */
function ratio(ours, theirs, better) {
  if (better === 'count' || !ours || !theirs) return '';
  return ` (${(better === 'more' ? ours / theirs : theirs / ours).toFixed(2)}x)`;
}

if (values.json) console.log(JSON.stringify({ runs, report }));
else {
  for (const client of clients) {
    const rival = report[client]['fox-wamp'];
    printTable([
      [`clients: ${client}`, ...contenders],
      ...Object.entries(measures).map(([title, [, , better]]) => [
        title,
        ...contenders.map((name) => {
          const value = report[client][name][title];
          const lead = name === 'fox-wamp' ? '' : ratio(value, rival?.[title], better);
          return shown(value) + lead;
        }),
      ]),
    ]);
    console.log('');
  }
  console.log(
    `128 B in JSON over WebSocket, processes on loopback, median of ${runs}. Router CPU: of all router processes, over floods and single messages alike. In brackets: how far ahead of fox-wamp (above 1) or behind.`,
  );
}
