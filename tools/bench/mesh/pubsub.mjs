import { pause } from './sample.mjs';

/**
 * One publisher, `subscribers` subscribers, each a process. Throughput with a closed window of 4,096 messages
 * ahead of the slowest subscriber (so that no contender's buffers are measured), then latency at a paced rate,
 * once to warm up and once measured.
 */
export async function measurePubSub(
  workers,
  context,
  { subscribers, count, pacedCount, rate = 1_000, size = 128, window = 4_096 },
) {
  const topic = 'bench.topic';
  const publisher = workers.start();
  const receivers = Array.from({ length: subscribers }, () => workers.start());
  const all = (command, input) =>
    Promise.all(receivers.map((receiver) => receiver.ask(command, input)));
  const address = await publisher.ask('create', { ...context, role: 'publisher' });
  await Promise.all(
    receivers.map((receiver, index) =>
      receiver.ask('create', { ...context, role: 'subscriber', index }),
    ),
  );
  for (const receiver of receivers) await receiver.ask('connect', { addresses: [address] });
  await all('subscribe', { topic });
  await publisher.ask('ready', { topic, subscribers });

  await all('reset', {});
  await publisher.ask('paced', { topic, count: 500, size, rate: 2_000 });
  await pause(300);

  const cpuBefore = total(await all('stats'), 'cpu');
  await all('reset', { every: 256 });
  const progress = receivers.map(() => 0);
  receivers.forEach((receiver, index) => {
    receiver.onProgress = (done) => {
      progress[index] = done;
      publisher.progress(Math.min(...progress));
    };
  });
  const { startedAt, cpu } = await publisher.ask('flood', { topic, count, size, window });
  const flooded = await settled(all, count);
  const rates = flooded.map(
    ({ received, lastAt }) => received / (Number(BigInt(lastAt) - BigInt(startedAt)) / 1e9),
  );

  // What a process does a thousand times a second is other code than a flood's, and has to be compiled, too.
  await publisher.ask('paced', { topic, count: pacedCount, size, rate });
  await pause(300);
  await all('reset', {});
  await publisher.ask('paced', { topic, count: pacedCount, size, rate });
  const paced = await settled(all, pacedCount);
  const worst = (pick) => Math.max(...paced.map(({ latency }) => pick(latency)));
  return {
    messagesPerSecond: Math.min(...rates),
    deliveriesPerSecond: rates.reduce((sum, each) => sum + each, 0),
    publisherCpu: cpu / count,
    subscriberCpu: (total(flooded, 'cpu') - cpuBefore) / (subscribers * count),
    lost: subscribers * count - flooded.reduce((sum, { received }) => sum + received, 0),
    latencyP50: worst(({ p50 }) => p50),
    latencyP99: worst(({ p99 }) => p99),
  };
}

const total = (stats, key) => stats.reduce((sum, each) => sum + each[key], 0);

/** Waits until every subscriber has everything, or nothing has come for two seconds. */
async function settled(all, expected) {
  let before = -1;
  for (let still = 0; still < 8;) {
    const stats = await all('stats');
    const received = stats.reduce((sum, each) => sum + each.received, 0);
    if (stats.every((each) => each.received >= expected)) return stats;
    still = received === before ? still + 1 : 0;
    before = received;
    await pause(250);
  }
  return all('stats');
}
