import { setTimeout as pause } from 'node:timers/promises';

/** Members that stand still in the second trial. */
const slow = 2;
/** How long they go on between two standstills. */
const runningMs = 250;

async function until(condition, limitMs) {
  const end = Date.now() + limitMs;
  while (!condition() && Date.now() < end) await pause(20);
}

/** Runs `trial` with a cluster of `count` members that know one another. */
export async function withCluster(cluster, count, trial) {
  try {
    await cluster.start(count);
    const met = () => cluster.seen('joined').filter(({ by, about }) => by !== about).length;
    await until(() => met() >= count * (count - 1), 30_000);
    // The last rumours die down.
    await pause(3_000);
    return await trial(cluster);
  } finally {
    cluster.stop();
  }
}

/**
 * Kills `kills` members one after the other; tells after how many milliseconds the others noticed, and how many of
 * those that were never touched were given up meanwhile.
 */
export async function killed(cluster, kills) {
  const found = [];
  const victims = new Set();
  for (let i = 0; i < kills; i++) {
    await pause(1_000 + Math.random() * 2_000);
    const { name, child } = cluster.members.pop();
    victims.add(name);
    const at = Date.now();
    child.kill('SIGKILL');
    const about = (type) => cluster.seen(type).filter((event) => event.about === name);
    await until(() => about('failed').length >= cluster.members.length, 60_000);
    const delays = (type) =>
      about(type)
        .map((event) => event.at - at)
        .sort((a, b) => a - b);
    const failed = delays('failed');
    const agreed = failed.length === cluster.members.length;
    found.push({
      suspected: delays('suspected')[0] ?? Infinity,
      first: failed[0] ?? Infinity,
      last: agreed ? failed.at(-1) : Infinity,
    });
  }
  const others = cluster.seen('failed').filter(({ about }) => !victims.has(about));
  return { found, falsePositives: others.length };
}

/**
 * Lets two members stand still for `stoppedMs`, again and again, as in Lifeguard's experiments (arXiv 1707.00788, §V-A).
 * Tells how often somebody was given up who was healthy, and how often one of the two.
 */
export async function stoodStill(cluster, { times, stoppedMs }) {
  const stopped = cluster.members.slice(-slow);
  const names = new Set(stopped.map(({ name }) => name));
  for (let i = 0; i < times; i++) {
    for (const { child } of stopped) child.kill('SIGSTOP');
    await pause(stoppedMs);
    for (const { child } of stopped) child.kill('SIGCONT');
    await pause(runningMs);
  }
  await pause(5_000);
  const failed = cluster.seen('failed');
  const healthyOnes = failed.filter(({ about }) => !names.has(about)).length;
  return { healthyGivenUp: healthyOnes, slowGivenUp: failed.length - healthyOnes };
}
