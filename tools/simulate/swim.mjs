// Figures of membership by SWIM in virtual time, over the real code and a simulated network.
//   node --conditions=@macula/source --import ./tools/typescript-loader.mjs tools/simulate/swim.mjs <scenario> [--name value …]
// Scenarios and what they take: detection, lifeguard, messages, join, loss, halved, partition; see docs/benchmarks-swim.md. Each has its
// bound, written beside it, and whoever misses one makes the program exit with 1.
import { demand } from './demand.mjs';
import { optionsOf, runScenarios } from './options.mjs';
import { median, percentile, SimulatedMesh, sizeOf } from './swim-mesh.mjs';

const options = optionsOf({
  // Each scenario has sizes of its own where none are given.
  members: [],
  seed: 1,
  trials: 60,
  hours: 10,
  loss: 0.01,
  slow: [4, 16],
  duration: [2_048, 8_192, 16_384],
  interval: [64, 1_024],
  seconds: 120,
  // Shortest suspicion in periods per decade of members.
  mult: 4,
  woken: false,
  anomaly: 'stall',
});
const { seed, trials } = options;
const members = (...preset) => (options.members.length > 0 ? options.members : preset);
const fixed = (value, digits = 1) => value.toFixed(digits);
/** In meshes that are woken, nobody remembers the addresses of all. */
const usual = {
  suspicionMult: options.mult,
  ...(options.woken && { teachLinks: 'neighbours' }),
};
/** Lengths of SWIM's protocol period and of a round of gossip by default, in milliseconds. */
const period = 1_000;
const round = 200;
const plain = { extensions: { localHealth: false, confirmations: false, buddy: false } };

/** From a crash until the first suspicion, in the median at most two periods; the first verdict; and until everybody agrees. */
async function detection() {
  for (const count of members(10, 64, 200)) {
    const found = { suspected: [], failed: [], agreed: [] };
    const mesh = new SimulatedMesh({ seed, swim: usual });
    await mesh.fill(count + trials, options.woken);
    for (let trial = 0; trial < trials; trial++) {
      await mesh.clock.advance(mesh.random.next() * 5_000);
      const [victim] = mesh.some(1, mesh.nodes.slice(1));
      mesh.events.length = 0;
      const start = mesh.clock.now();
      mesh.network.crash(victim.id);
      mesh.nodes.splice(mesh.nodes.indexOf(victim), 1);
      found.agreed.push(
        await mesh.until(
          () =>
            mesh.nodes.every(({ membership }) => membership.get(victim.id)?.status === 'failed'),
          300_000,
        ),
      );
      for (const type of ['suspected', 'failed']) {
        const first = mesh.events.find((e) => e.type === type && e.about === victim.id.key);
        found[type].push(first === undefined ? Infinity : first.at - start);
      }
    }
    const detected = median(found.suspected);
    demand(detected <= 2 * period, `${count} members detect a crash after ${detected} ms`);
    demand(!found.agreed.some(Number.isNaN), `${count} members do not agree on a crash`);
    const row = Object.entries(found).map(
      ([what, ms]) =>
        `${what} median ${fixed(median(ms) / 1_000, 2)} s, p90 ${fixed(percentile(ms, 0.9) / 1_000, 2)} s`,
    );
    console.log(`detection, ${count} members, ${trials} crashes: ${row.join('; ')}`);
  }
}

/**
 * Members that are slow for a while, again and again (Lifeguard, §V-A): how many healthy ones are given up. `stall` holds
 * up their messages, as in the paper; `pause` their whole event loop, as SIGSTOP does. With Lifeguard, at least 50 times fewer.
 */
async function lifeguard() {
  const totals = { plain: [0, 0, 0], lifeguard: [0, 0, 0] };
  for (const count of members(64)) {
    for (const slow of options.slow) {
      for (const duration of options.duration) {
        for (const interval of options.interval) {
          const row = [];
          for (const [name, swim] of Object.entries({ plain, lifeguard: {} })) {
            const [anywhere, atHealthy, suspected] = await slowMembers(
              { count, slow, duration, interval },
              swim,
            );
            totals[name][0] += anywhere;
            totals[name][1] += atHealthy;
            totals[name][2] += suspected;
            row.push(`${name} ${anywhere} (${atHealthy} at healthy members)`);
          }
          console.log(
            `lifeguard, ${count} members, ${slow} of them ${options.anomaly === 'stall' ? 'stalled' : 'paused'} for ${duration} ms of every ${duration + interval} ms: false positives ${row.join(', ')}`,
          );
        }
      }
    }
  }
  for (const [name, [anywhere, atHealthy, suspected]] of Object.entries(totals)) {
    console.log(
      `lifeguard, in all, ${name}: ${anywhere} healthy members given up, ${atHealthy} of them by healthy members; ${suspected} suspicions of healthy members`,
    );
  }
  const fewer = totals.plain[0] / Math.max(1, totals.lifeguard[0]);
  demand(fewer >= 50, `Lifeguard has only ${fixed(fewer)} times fewer false positives`);
  console.log(
    `lifeguard, in all: ${fixed(fewer)} times fewer, at healthy members ${fixed(totals.plain[1] / Math.max(1, totals.lifeguard[1]))} times`,
  );
}

async function slowMembers({ count, slow, duration, interval }, swim) {
  const stall = options.anomaly === 'stall';
  const mesh = new SimulatedMesh({ seed, swim, stalling: stall });
  await mesh.fill(count, options.woken);
  const stalled = mesh.some(slow, mesh.nodes);
  const stalledKeys = new Set(stalled.map(({ id }) => id.key));
  const end = mesh.clock.now() + options.seconds * 1_000;
  while (mesh.clock.now() < end) {
    for (const { id, stalling } of stalled) {
      if (stall) stalling.stall();
      else mesh.network.pause(id);
    }
    await mesh.clock.advance(duration);
    for (const { id, stalling } of stalled) {
      if (stall) stalling.release();
      else mesh.network.resume(id);
    }
    await mesh.clock.advance(interval);
  }
  const about = (type) => mesh.events.filter((e) => e.type === type && !stalledKeys.has(e.about));
  const given = about('failed');
  const atHealthy = given.filter(({ by }) => !stalledKeys.has(by.id.key));
  return [given.length, atHealthy.length, about('suspected').length];
}

/**
 * What a mesh at rest costs: a probe and its answer per member and second, however many members. With --woken, they know one another
 * from a snapshot.
 */
async function messages() {
  for (const count of members(10, 30, 64, 100, 300, 1_000)) {
    const mesh = new SimulatedMesh({ seed, swim: usual });
    await mesh.fill(count, options.woken);
    const seconds = options.woken ? 10 : 60;
    mesh.network.stats.reset();
    await mesh.clock.advance(seconds * 1_000);
    const { frames, bytes } = mesh.network.stats.total.sent;
    const each = frames / count / seconds;
    demand(each <= 2.2, `each of ${count} members sends ${fixed(each, 2)} frames a second`);
    const neighbours = mesh.nodes.map(({ membership }) => membership.neighbours);
    const pinned = mesh.nodes.map(({ links }) => links.pinned.length);
    const most = Math.max(...neighbours);
    demand(most <= (count <= 64 ? count - 1 : 10), `a member of ${count} has ${most} neighbours`);
    console.log(
      `messages, ${count} members: ${fixed(each, 2)} frames and ${fixed(bytes / count / seconds, 0)} bytes per member and second; neighbours ${Math.min(...neighbours)} to ${most}, pinned links at most ${Math.max(...pinned)}; ${fixed(process.memoryUsage().rss / 1e9, 2)} GB resident`,
    );
    // Where growing again for it would take long.
    if (options.woken) reportJoins(count, [await newcomer(mesh)]);
  }
}

/** How soon newcomers are known, one after the other. */
async function join() {
  for (const count of members(10, 64, 100, 300, 1_000)) {
    const times = [];
    const mesh = new SimulatedMesh({ seed, swim: usual });
    await mesh.fill(count, options.woken);
    for (let trial = 0; trial < Math.min(5, trials); trial++) {
      times.push(await newcomer(mesh));
      await mesh.clock.advance(20_000);
    }
    reportJoins(count, times);
  }
}

/** Milliseconds until 99 % know of one more. */
async function newcomer(mesh) {
  const settled = [...mesh.nodes];
  const { id } = await mesh.join(mesh.some(1)[0]);
  const knows = ({ membership }) => membership.get(id)?.status === 'alive';
  const enough = Math.ceil(0.99 * settled.length);
  return mesh.until(() => settled.filter(knows).length >= enough, 60_000);
}

/** Known within O(log n): at most two rounds of gossip more than it takes when everybody who knows tells one other. */
function reportJoins(count, times) {
  const doublings = Math.log2(count);
  const most = Math.max(...times);
  demand(
    most <= (doublings + 2) * round,
    `a newcomer among ${count} is known to 99 % after ${most} ms`,
  );
  console.log(
    `join, ${count} members: known to 99 % after ${fixed(median(times) / 1_000)} s median, ${fixed(most / 1_000)} s at most (${fixed(median(times) / round, 0)} rounds of gossip; log2(n) is ${fixed(doublings)})`,
  );
}

/** Whoever is suspected here is suspected wrongly; nobody must be given up. */
async function loss() {
  for (const count of members(10)) {
    const mesh = new SimulatedMesh({ seed, network: { loss: options.loss } });
    await mesh.grow(count);
    const { hours } = options;
    for (let minute = 0; minute < hours * 60; minute++) await mesh.clock.advance(60_000);
    const of = (type) => mesh.events.filter((event) => event.type === type).length;
    demand(of('failed') === 0, `${of('failed')} living members of ${count} are given up`);
    console.log(
      `loss, ${count} members, ${options.loss * 100} % loss, ${hours} h: ${of('failed')} failed, ${of('suspected')} suspected`,
    );
  }
}

/** Half of all are killed at once: the rest agree within ten periods who is gone, and that is nobody else. */
async function halved() {
  for (const count of members(20, 64, 100, 300)) {
    const times = [];
    let wrong = 0;
    for (let trial = 0; trial < Math.min(5, trials); trial++) {
      const mesh = new SimulatedMesh({ seed: seed + trial, swim: usual });
      await mesh.fill(count, options.woken);
      const dead = new Set(mesh.some(count / 2, mesh.nodes));
      const deadKeys = new Set([...dead].map(({ id }) => id.key));
      for (const { id } of dead) mesh.network.crash(id);
      const rest = mesh.nodes.filter((node) => !dead.has(node));
      const agreed = () => rest.every(({ membership }) => sizeOf(membership) === rest.length - 1);
      times.push(await mesh.until(agreed, 300_000));
      if (!agreed()) disagreement(rest, deadKeys);
      wrong += mesh.events.filter((e) => e.type === 'failed' && !deadKeys.has(e.about)).length;
    }
    const most = Math.max(...times);
    demand(most <= 10 * period, `the rest of ${count} agree after ${most} ms`);
    demand(wrong === 0, `${wrong} living members of ${count} are given up`);
    console.log(
      `halved, ${count} members: the rest agree after ${fixed(median(times) / 1_000)} s median, ${fixed(most / 1_000)} s at most, of ${times.length} runs; ${wrong} living members given up`,
    );
  }
}

/** What keeps the rest from agreeing. */
function disagreement(rest, deadKeys) {
  const others = rest.filter(({ membership }) => sizeOf(membership) !== rest.length - 1);
  for (const { membership, id } of others.slice(0, 5)) {
    const seen = [...membership.members()];
    const dead = seen.filter((member) => deadKeys.has(member.id.key));
    const suspects = seen.filter(({ status }) => status === 'suspect').length;
    console.log(
      `  ${id.key.slice(0, 8)} sees ${seen.length} of ${rest.length - 1}: ${dead.length} dead, ${suspects} suspects; ${membership.neighbours} neighbours, local health ${membership.localHealth}`,
    );
  }
}

/** Two halves that do not see each other for two minutes give each other up, and are one mesh again ten periods after the heal. */
async function partition() {
  for (const count of members(20, 64, 100)) {
    const mesh = new SimulatedMesh({ seed, swim: usual });
    await mesh.fill(count, options.woken);
    const half = mesh.some(count / 2, mesh.nodes);
    const rest = mesh.nodes.filter((node) => !half.includes(node));
    mesh.network.partition(
      half.map(({ id }) => id),
      rest.map(({ id }) => id),
    );
    await mesh.clock.advance(120_000);
    const apart = mesh.nodes.every(({ membership }) => sizeOf(membership) === count / 2 - 1);
    mesh.network.heal();
    const whole = () => mesh.nodes.every(({ membership }) => sizeOf(membership) === count - 1);
    const ms = await mesh.until(whole, 300_000);
    demand(apart, `the halves of ${count} do not agree on who is left`);
    demand(ms <= 10 * period, `the halves of ${count} are one after ${ms} ms`);
    console.log(
      `partition, ${count} members: ${apart ? 'two halves' : 'not two halves'} after two minutes, one mesh ${fixed(ms / 1_000)} s after the heal`,
    );
  }
}

const scenarios = { detection, lifeguard, messages, join, loss, halved, partition };
await runScenarios(options.positionals, scenarios);
