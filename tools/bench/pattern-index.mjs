// Microseconds that PatternIndex takes to match one topic, at 1,000 and at 100,000 patterns:
//   node --conditions=@macula/source --import ./tools/typescript-loader.mjs tools/bench/pattern-index.mjs
import { Pattern, PatternIndex } from '@macula/core';

const topics = Array.from({ length: 256 }, (_, i) => `be.cortexiq.home.home_${i}.measured`);

/** Kinds of pattern sets, by what the i-th pattern is. All but a handful match none of the topics. */
const sets = {
  exact: (i) => Pattern.parse(`be.cortexiq.home.home_${i}.contract`),
  'wildcard, own branch': (i) => Pattern.parse(`be.cortexiq.site_${i}.*.measured`),
  'wildcard, shared branch': (i) => Pattern.parse(`be.cortexiq.*.home_${i + 1000}.measured`),
  'wildcard at both ends': (i) => Pattern.parse(`*.*.*.room_${i}.**`),
  prefix: (i) => Pattern.parse(`be.cortexiq.home.room_${i}`, { match: 'prefix' }),
  mixed: (i) =>
    [sets.exact, sets['wildcard, own branch'], sets['wildcard, shared branch'], sets.prefix][i % 4](
      i,
    ),
};

function microsecondsPerMatch(index) {
  const rounds = 2000;
  let found = 0;
  const run = () => {
    for (let round = 0; round < rounds; round++) {
      found += index.match(topics[round % topics.length]).length;
    }
  };
  run();
  let best = Infinity;
  for (let attempt = 0; attempt < 5; attempt++) {
    const start = performance.now();
    run();
    best = Math.min(best, ((performance.now() - start) * 1000) / rounds);
  }
  if (found === 0) throw new Error('the patterns that match were not found');
  return best;
}

console.log('µs per match'.padEnd(28), '1,000'.padStart(10), '100,000'.padStart(10), 'patterns');
for (const [name, patternAt] of Object.entries(sets)) {
  const costs = [1000, 100_000].map((count) => {
    const index = new PatternIndex();
    for (let i = 0; i < count; i++) index.add(patternAt(i), i);
    index.add(Pattern.parse('be.cortexiq.home.*.measured'), 'matches');
    return microsecondsPerMatch(index);
  });
  console.log(name.padEnd(28), ...costs.map((cost) => cost.toFixed(2).padStart(10)));
}
