// Measures one library at one size and prints figures as JSON lines, each as soon as it is known.
//   node measure.mjs <library> <elements> <operations of churn>
import { subjectOf } from './subjects.mjs';

const [name, elements, churnOperations] = process.argv.slice(2);
const size = Number(elements);
const subject = await subjectOf(name);
const names = Array.from({ length: size }, (_, i) => `element-${i}`);
/** How long one case is repeated, in milliseconds; the first run always ends. */
const budgetMs = size >= 1_000_000 ? 6_000 : 1_500;

function tell(figures) {
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}

function memory() {
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { js: heapUsed + external, rss };
}

/** Milliseconds of the fastest of as many runs as fit in the budget; `prepare` makes a fresh argument for each. */
function fastest(prepare, run) {
  let best = Number.POSITIVE_INFINITY;
  const deadline = performance.now() + budgetMs;
  do {
    const argument = prepare();
    if (size > 1_000) globalThis.gc();
    const start = performance.now();
    run(argument);
    best = Math.min(best, performance.now() - start);
  } while (performance.now() < deadline);
  return best;
}

const nothing = () => undefined;

const before = memory();
let set = subject.set.add(subject.set.create('a'), names);
const after = memory();
if (size >= 10_000) {
  tell({
    bytesPerElement: (after.js - before.js) / size,
    rssPerElement: (after.rss - before.rss) / size,
  });
}

tell({ setAdd: fastest(nothing, () => subject.set.add(subject.set.create('a'), names)) });
const bytes = subject.set.encode(set);
// Each time after a change, so that nobody shows what was encoded before.
let changes = 0;
const changed = () => (set = subject.set.add(set, [`change-${changes++}`]));
tell({
  setEncode: fastest(changed, (state) => subject.set.encode(state)),
  encodedBytes: bytes.length,
});
tell({
  setDecode: fastest(nothing, () => subject.set.has(subject.set.decode(bytes, 'b'), names[0])),
});

// A peer that differs in ten elements: its changes alone, and its whole state.
const news = Array.from({ length: 10 }, (_, i) => `new-${i}`);
const peer = () => subject.set.decode(bytes, 'b');
const change = subject.set.changes(peer(), news);
const other = subject.set.encode(subject.set.add(peer(), news));
tell({ setMergeDelta: fastest(peer, (mine) => subject.set.apply(mine, change)) });
tell({ setMergeState: fastest(peer, (mine) => subject.set.apply(mine, other)) });
tell({ setRemove: fastest(peer, (mine) => subject.set.remove(mine, names)) });
set = undefined;

tell({
  mapSet: fastest(nothing, () => {
    const map = subject.map?.create('a');
    if (map !== undefined) subject.map.set(subject.map.set(map, names, 1), names, 2);
  }),
});
if (subject.map === undefined) tell({ mapSet: null });

if (size === 1_000) {
  const increments = 10_000;
  tell({
    counter:
      subject.counter === undefined ? null : fastest(nothing, () => subject.counter(increments)),
  });
  const runs = Array.from({ length: 3 }, () => subject.set.churn(names, 20_000));
  tell({ churnMs: Math.min(...runs.map(({ ms }) => ms)), churnBytes: runs[0].bytes });
  if (name === 'macula') {
    const long = subject.set.churn(names, Number(churnOperations));
    tell({
      longChurnOperations: Number(churnOperations),
      longChurnMs: long.ms,
      longChurnBytes: long.bytes,
      longChurnElements: long.elements,
    });
  }
}
