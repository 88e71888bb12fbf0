// Ten processes of Macula's membership on this machine, with --peers beside ten agents of Serf: members are killed one after the
// other (SIGKILL), then two of ten stand still again and again (SIGSTOP, SIGCONT), for a short and for a long time.
//   node tools/bench/swim/run.mjs [--peers] [--quick] [--runs N] [--only a,b] [--json]
import { sectionOptions } from '../bench-options.mjs';
import { MaculaCluster } from './macula-cluster.mjs';
import { SerfCluster, serfVersion } from './serf-cluster.mjs';
import { killed, stoodStill, withCluster } from './trials.mjs';

const values = sectionOptions({ runs: 1 });
const count = 10;
const kills = values.quick ? 1 : 5;
const standstills = {
  short: { times: values.quick ? 1 : 4, stoppedMs: 3_000 },
  long: { times: values.quick ? 1 : 4, stoppedMs: 8_000 },
};
const { only, runs } = values;
const log = (line) => process.stderr.write(`${line}\n`);

const contenders = [{ name: 'macula', cluster: () => new MaculaCluster() }];
if (values.peers) {
  const version = serfVersion();
  if (version === undefined) log('serf is not installed: Macula is measured alone');
  else contenders.push({ name: 'serf', version, cluster: () => new SerfCluster() });
}
const chosen = contenders.filter(({ name }) => only === undefined || only.includes(name));

const report = chosen.map(({ name, version }) => ({
  ...{ contender: name, version, found: [], falsePositives: 0 },
  short: { healthyGivenUp: 0, slowGivenUp: 0 },
  long: { healthyGivenUp: 0, slowGivenUp: 0 },
}));
for (let run = 0; run < runs; run++) {
  for (const [at, { name, cluster }] of chosen.entries()) {
    log(`run ${run + 1} of ${runs}: ${name}, ${count} members, ${kills} killed`);
    const { found, falsePositives } = await withCluster(cluster(), count, (all) =>
      killed(all, kills),
    );
    report[at].found.push(...found);
    report[at].falsePositives += falsePositives;
    for (const [length, trial] of Object.entries(standstills)) {
      log(
        `run ${run + 1} of ${runs}: ${name}, ${count} members, 2 stand still for ${trial.stoppedMs} ms`,
      );
      const given = await withCluster(cluster(), count, (all) => stoodStill(all, trial));
      report[at][length].healthyGivenUp += given.healthyGivenUp;
      report[at][length].slowGivenUp += given.slowGivenUp;
    }
  }
}

if (values.json) console.log(JSON.stringify({ members: count, runs, kills, standstills, report }));
else {
  const { short, long } = standstills;
  console.log(
    `\n${count} processes on this machine; in each of ${runs} run(s) ${kills} are killed one after the other, and of fresh ones 2 stand still, ${short.times} times for ${short.stoppedMs / 1_000} s and ${long.times} times for ${long.stoppedMs / 1_000} s. Given up: how often, by anybody.\n`,
  );
  console.log(
    `| | killed: first suspected, median / worst | first given up, median / worst | all agree, median / worst | living ones given up meanwhile | still for ${short.stoppedMs / 1_000} s: healthy / slow ones given up | still for ${long.stoppedMs / 1_000} s: healthy / slow ones given up |`,
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  const seconds = (ms) => (Number.isFinite(ms) ? `${(ms / 1_000).toFixed(2)} s` : 'not all');
  for (const one of report) {
    const spread = (what) => {
      const sorted = one.found.map((each) => each[what]).sort((a, b) => a - b);
      return `${seconds(sorted[sorted.length >> 1])} / ${seconds(sorted.at(-1))}`;
    };
    const name = one.version === undefined ? one.contender : `${one.contender} ${one.version}`;
    const given = ({ healthyGivenUp, slowGivenUp }) => `${healthyGivenUp} / ${slowGivenUp}`;
    console.log(
      `| ${name} | ${spread('suspected')} | ${spread('first')} | ${spread('last')} | ${one.falsePositives} | ${given(one.short)} | ${given(one.long)} |`,
    );
  }
}
