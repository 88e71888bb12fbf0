// Pub/sub and calls, Macula beside others on the same work in one run, and what only links have.
import { execFileSync } from 'node:child_process';
import { measureCalls } from './calls.mjs';
import { measureLinks } from './links.mjs';
import { measurePubSub } from './pubsub.mjs';
import { printMesh } from './report.mjs';
import { prepareRivals } from './rivals.mjs';
import { median } from './sample.mjs';
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
  const infrastructure = (await module.infrastructure?.()) ?? {
    context: {},
    stop: () => undefined,
  };
  const context = { ...infrastructure.context, contender: name };
  const result = {};
  const measure = async (key, work) => {
    const workers = new Workers(execPath);
    try {
      Object.assign(result, prefixed(key, await work(workers)));
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
  await infrastructure.stop();
  return result;
}

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
      results[name].push(await measureContender(name, execPath, size, log));
    }
  }
  const summary = Object.fromEntries(contenders.map((name) => [name, medians(results[name])]));
  const links = contenders.includes('macula')
    ? await measureLinks(execPath, { quick }, log)
    : undefined;
  const node = execFileSync(execPath, ['--version']).toString().trim();
  const report = { node, runs, contenders: summary, links };
  if (!json) printMesh(report);
  return report;
}
