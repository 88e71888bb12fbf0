// Pub/sub and calls, Macula beside others on the same work in one run, and what only links have.
import { execFileSync } from 'node:child_process';
import { measureCalls } from './calls.mjs';
import { measureLinks } from './links.mjs';
import { measurePubSub } from './pubsub.mjs';
import { figures, printContenders, printLinks } from './report.mjs';
import { prepareRivals } from './rivals.mjs';
import { median } from './sample.mjs';
import { within } from './time-limit.mjs';
import { Workers } from './workers.mjs';

const rivals = ['nats', 'nats-tls', 'hyperswarm', 'fox-wamp', 'libp2p-tcp', 'libp2p-quic'];

const sizes = {
  full: { one: 300_000, ten: 50_000, paced: 5_000, calls: 200_000, sequential: 10_000 },
  quick: { one: 50_000, ten: 10_000, paced: 1_000, calls: 30_000, sequential: 2_000 },
};

/** Every measure of one contender, once. A measure that fails says so and does not stop the others. */
async function measureContender(name, execPath, size, log) {
  const module = await import(`./contenders/${name}.mjs`);
  if (module.available !== undefined && module.available() === undefined)
    return { skipped: 'not installed' };
  const share = module.share ?? 1;
  const scaled = (count) => Math.round(count * share);
  const starting = Promise.resolve(module.infrastructure?.());
  const infrastructure = (await within(serverLimitMs, 'starting its server', starting)) ?? {
    context: {},
    stop: () => undefined,
  };
  const context = { ...infrastructure.context, contender: name };
  const result = {};
  const measure = async (key, work) => {
    const workers = new Workers(execPath);
    try {
      const measured = prefixed(key, await work(workers));
      for (const line of figures(measured)) log(`  ${line}`);
      Object.assign(result, measured);
    } catch (error) {
      log(`${name}, ${key}: ${error.message}`);
    } finally {
      await workers.stop();
    }
  };
  await measure('one', (workers) =>
    measurePubSub(workers, context, {
      subscribers: 1,
      count: scaled(size.one),
      pacedCount: size.paced,
    }),
  );
  if ((module.maxSubscribers ?? 10) >= 10) {
    await measure('ten', (workers) =>
      measurePubSub(workers, context, {
        subscribers: 10,
        count: scaled(size.ten),
        pacedCount: size.paced,
      }),
    );
  }
  await measure('calls', (workers) =>
    measureCalls(workers, context, {
      count: scaled(size.calls),
      sequentialCount: scaled(size.sequential),
    }),
  );
  try {
    await within(serverLimitMs, 'stopping its server', Promise.resolve(infrastructure.stop()));
  } catch (error) {
    log(`${name}: ${error.message}`);
  }
  return result;
}

/** Starting or stopping a contender's server. */
const serverLimitMs = 60_000;

const prefixed = (key, values) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${key}.${name}`, value]));

/** The median of every figure over the runs. */
function medians(runs) {
  const keys = new Set(runs.flatMap((run) => Object.keys(run)));
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      typeof runs[0][key] === 'string' ? runs[0][key] : median(runs.map((run) => run[key])),
    ]),
  );
}

export async function run({ quick, peers, runs, json, only }, log) {
  const execPath = peers ? prepareRivals(log) : process.execPath;
  const size = quick ? sizes.quick : sizes.full;
  const contenders = ['macula', 'raw-tcp', ...(peers ? rivals : [])].filter(
    (name) => only === undefined || only.includes(name),
  );
  const results = Object.fromEntries(contenders.map((name) => [name, []]));
  for (let i = 0; i < runs; i++) {
    // Contenders take turns, so that a machine whose speed drifts treats all alike.
    for (const name of contenders) {
      log(`run ${i + 1} of ${runs}: ${name}`);
      try {
        results[name].push(await measureContender(name, execPath, size, log));
      } catch (error) {
        log(`${name}: ${error.message}`);
        results[name].push({});
      }
    }
  }
  const summary = Object.fromEntries(contenders.map((name) => [name, medians(results[name])]));
  const node = execFileSync(execPath, ['--version']).toString().trim();
  const report = { node, runs, contenders: summary };
  // At once: what links cost is another matter, and may fail by itself.
  if (!json) printContenders(report);
  if (!contenders.includes('macula')) return report;
  const links = await measureLinks(execPath, { quick }, log);
  if (!json) printLinks(links);
  return { ...report, links };
}
